/** The page behind the QR code on the paper: one customer's ticket, live on their own phone. */
import { readBoot } from "../shared/boot";
import { mount } from "../shared/mount";
import { type TicketBoot, TicketPage } from "./TicketPage";

mount(<TicketPage boot={readBoot<TicketBoot>()} />);
