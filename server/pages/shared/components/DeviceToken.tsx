/**
 * For whoever looks after a kiosk or a display that the server does not know: what to do, and where to put the token.
 */
import { useState } from "preact/hooks";

import type { ProblemDetails } from "../contract";
import { KeepsNothing } from "./KeepsNothing";
import { useDeviceTranslations } from "./useDeviceTranslations";

interface DeviceTokenProps {
  role: "kiosk" | "display";
  branch: string;
  /** Why the server refused; null when this browser has not been given a token. */
  problem: Pick<ProblemDetails, "code" | "detail"> | null;
}

/** A card with both ways to a token, the address that carries it, and a field for it. */
export function DeviceToken({ role, branch, problem }: DeviceTokenProps) {
  const words = useDeviceTranslations();
  const unknownBranch = problem?.code === "not-found";
  return (
    <section class="card stack">
      <h2>{words.text("device.for_it")}</h2>
      <KeepsNothing />
      {problem?.detail && <p>{words.text("device.server_said", { detail: problem.detail })}</p>}
      {unknownBranch ? (
        <>
          <p>{words.text("device.branch_check")}</p>
          <code class="command">{`curl ${location.origin}/api/v1/branches`}</code>
        </>
      ) : (
        <>
          <p>{words.text("device.add")}</p>
          <code class="command">{`${location.origin}/console/supervisor#hall`}</code>
          <p>{words.text("device.token_make")}</p>
          <code class="command">{`giliran token create --role ${role} --branch ${branch}`}</code>
          <p>{words.text("device.token_open")}</p>
          <code class="command">{`${location.origin}${location.pathname}#TOKEN`}</code>
          <TokenField kept={problem !== null} />
        </>
      )}
    </section>
  );
}

/** `kept`: the browser has a token, which may count again once the server was put right. */
function TokenField({ kept }: { kept: boolean }) {
  const words = useDeviceTranslations();
  const [token, setToken] = useState("");
  // The page reloads itself for a new token after the #, and keeps it.
  const use = (event: Event) => {
    event.preventDefault();
    location.hash = encodeURIComponent(token.trim());
  };
  return (
    <form class="stack" onSubmit={use}>
      <label class="field">
        <span class="field__label">{words.text("device.token_field")}</span>
        <input
          class="field__input"
          type="password"
          autocomplete="off"
          required
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <div class="cluster">
        <button type="submit" class="button button--primary">
          {words.text("device.token_use")}
        </button>
        {kept && (
          <button type="button" class="button" onClick={() => location.reload()}>
            {words.text("device.token_retry")}
          </button>
        )}
      </div>
    </form>
  );
}
