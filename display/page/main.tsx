/** The wall display: who is called, and to which counter. */
import { render } from "preact";
import { readBoot } from "../../server/browser/boot";
import { keepScreenOn } from "../../server/browser/screen";
import { type DisplayBoot, Wall } from "./Wall";

// The same address with another token after the # is no new page to a browser; to us it is.
window.addEventListener("hashchange", () => location.reload());
keepScreenOn();

render(<Wall boot={readBoot<DisplayBoot>()} />, document.getElementById("app")!);
