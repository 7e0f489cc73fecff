/** The supervisor's page. */
import { begin } from "../begin";
import { StaffPage } from "../StaffPage";
import { SupervisorPage } from "./SupervisorPage";
import { Speaking } from "./words";

begin((props) => <StaffPage {...props} Page={SupervisorPage} />, Speaking);
