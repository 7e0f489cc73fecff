/** The page behind the QR code on the paper: one customer's ticket, live on their own phone. */
import { render } from "preact";
import { type Boot, readBoot } from "../boot";
import { TicketPage } from "./TicketPage";
import { Speaking } from "./words";

/** `token`: what the paper's address ends in; `timezone`: the branch's own. */
interface TicketBoot extends Boot {
  branch: string;
  token: string;
  timezone?: string;
}

const boot = readBoot<TicketBoot>();

render(
  <Speaking language={boot.language} languages={boot.languages} timeZone={boot.timezone}>
    <TicketPage branch={boot.branch} token={boot.token} build={boot.build} />
  </Speaking>,
  document.getElementById("app")!,
);
