/** The counter, where an agent calls and serves. */
import { begin } from "../staff/begin";
import { StaffPage } from "../staff/StaffPage";
import { CounterPage } from "./CounterPage";
import { Speaking } from "./translations";

begin((props) => <StaffPage {...props} Page={CounterPage} />, Speaking);
