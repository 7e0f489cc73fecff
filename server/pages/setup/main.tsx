/** The set-up of a new server. */
import { begin } from "../staff/begin";
import { SetupPage } from "./SetupPage";
import { Speaking } from "./translations";

begin(SetupPage, Speaking);
