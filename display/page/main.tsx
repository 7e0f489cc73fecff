/** The wall display: who is called, and to which counter. */
import { readBoot } from "../../server/pages/shared/boot";
import { mount } from "../../server/pages/shared/mount";
import { keepScreenOn } from "../../server/pages/shared/screen";
import { type DisplayBoot, Wall } from "./Wall";

// The same address with another token after the # is no new page to a browser; to us it is.
window.addEventListener("hashchange", () => location.reload());
keepScreenOn();

mount(<Wall boot={readBoot<DisplayBoot>()} />);
