/** The kiosk: a full-screen touch page that gives a customer one number, with or without paper. */
import { readBoot } from "../../server/pages/shared/boot";
import { deviceToken } from "../../server/pages/shared/device";
import { mount } from "../../server/pages/shared/mount";
import { keepScreenOn } from "../../server/pages/shared/screen";
import { Kiosk, type KioskBoot } from "./Kiosk";
import { behaveAsKiosk } from "./touch";

const boot = readBoot<KioskBoot>();
// First of all, so that the address is without the token before anything remembers it.
const token = deviceToken(`kiosk/${boot.branch}`);

behaveAsKiosk();
keepScreenOn();
// The same address with another token after the # is no new page to a browser; to us it is.
window.addEventListener("hashchange", () => location.reload());

mount(<Kiosk boot={boot} token={token} />);
