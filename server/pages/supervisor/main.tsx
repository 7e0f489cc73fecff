/** The supervisor's page. */
import { begin } from "../staff/begin";
import { StaffPage } from "../staff/StaffPage";
import { SupervisorPage } from "./SupervisorPage";
import { Speaking } from "./translations";

begin((props) => <StaffPage {...props} Page={SupervisorPage} />, Speaking);
