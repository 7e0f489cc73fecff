/** The set-up of a new server. */
import { begin } from "../begin";
import { SetupPage } from "./SetupPage";

begin(SetupPage);
