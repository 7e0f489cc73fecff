/** The page behind the QR code on the paper: one customer's ticket, live on their own phone. */
import { render } from "preact";
import { type Boot, readBoot } from "../boot";
import { TicketPage } from "./TicketPage";

/** `token`: what the paper's address ends in. */
export interface TicketBoot extends Boot {
  token: string;
}

render(<TicketPage boot={readBoot<TicketBoot>()} />, document.getElementById("app")!);
