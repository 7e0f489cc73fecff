/** Who one can be in the demo. */
import type { DemoAccount } from "./places";
import { useWords } from "./translations";

export function Accounts({ accounts }: { accounts: DemoAccount[] }) {
  const words = useWords();
  return (
    <section aria-labelledby="accounts">
      <h2 id="accounts">{words.text("home.accounts")}</h2>
      <p class="soft">{words.text("home.accounts_text")}</p>
      <div class="card table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{words.text("home.account_name")}</th>
              <th scope="col">{words.text("home.account_password")}</th>
              <th scope="col">{words.text("home.account_role")}</th>
            </tr>
          </thead>
          <tbody>
            {accounts.map((account) => (
              <tr key={account.name}>
                <th scope="row">{account.name}</th>
                <td>
                  <code>{account.password}</code>
                </td>
                <td>{words.text(`home.role_${account.role}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
