/** The set-up of a new server. */
import { begin } from "../begin";
import { SetupPage } from "./SetupPage";
import { Speaking } from "./words";

begin(SetupPage, Speaking);
