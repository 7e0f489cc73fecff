/** Says where a browser keeps nothing for the page, to whoever gives it a device's token. */
import { keepsNothing } from "../storage";
import { Banner } from "./Banner";
import { useCommonWords } from "./Speaking";

export function KeepsNothing() {
  const words = useCommonWords();
  return keepsNothing() ? (
    <Banner tone="warning">{words.text("common.keeps_nothing", { host: location.host })}</Banner>
  ) : null;
}
