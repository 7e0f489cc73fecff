/** The counter, where an agent calls and serves. */
import { begin } from "../begin";
import { StaffPage } from "../StaffPage";
import { CounterPage } from "./CounterPage";
import { Speaking } from "./words";

begin((props) => <StaffPage {...props} Page={CounterPage} />, Speaking);
