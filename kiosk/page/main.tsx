/** The kiosk: a full-screen touch page that gives a customer one number, with or without paper. */
import { render } from "preact";
import { readBoot } from "../../server/browser/boot";
import { deviceToken } from "../../server/browser/device";
import { keepScreenOn } from "../../server/browser/screen";
import { type KioskBoot, Kiosk } from "./Kiosk";
import { behaveAsKiosk } from "./touch";

const boot = readBoot<KioskBoot>();
// First of all, so that the address is without the token before anything remembers it.
const token = deviceToken(`kiosk/${boot.branch}`);

behaveAsKiosk();
keepScreenOn();
// The same address with another token after the # is no new page to a browser; to us it is.
window.addEventListener("hashchange", () => location.reload());

render(<Kiosk boot={boot} token={token} />, document.getElementById("app")!);
