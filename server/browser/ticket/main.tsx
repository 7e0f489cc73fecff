/** The page behind the QR code on the paper: one customer's ticket, live on their own phone. */
import { render } from "preact";
import { readBoot } from "../boot";
import { type TicketBoot, TicketPage } from "./TicketPage";

render(<TicketPage boot={readBoot<TicketBoot>()} />, document.getElementById("app")!);
