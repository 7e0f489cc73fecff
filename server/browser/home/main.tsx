/** The first page: a map of all the screens of a branch. */
import { render } from "preact";
import { readBoot } from "../boot";
import { HomePage } from "./HomePage";
import type { HomeBoot } from "./places";
import { Speaking } from "./words";

const boot = readBoot<HomeBoot>();

render(
  <Speaking language={boot.language} languages={boot.languages}>
    <HomePage boot={boot} />
  </Speaking>,
  document.getElementById("app")!,
);
