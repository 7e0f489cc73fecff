/** The kiosk: a full-screen touch page that gives a customer one number, with or without paper. */
import { render } from "preact";
import { readBoot } from "../../server/browser/boot";
import { type KioskBoot, Kiosk } from "./Kiosk";
import { behaveAsKiosk } from "./touch";

behaveAsKiosk();
// The same address with another token after the # is no new page to a browser; to us it is.
window.addEventListener("hashchange", () => location.reload());

render(<Kiosk boot={readBoot<KioskBoot>()} />, document.getElementById("app")!);
