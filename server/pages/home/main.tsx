/** The first page: a map of all the screens of a branch. */
import { readBoot } from "../shared/boot";
import { mount } from "../shared/mount";
import { HomePage } from "./HomePage";
import type { HomeBoot } from "./places";
import { Speaking } from "./translations";

const boot = readBoot<HomeBoot>();

mount(
  <Speaking language={boot.language} languages={boot.languages}>
    <HomePage boot={boot} />
  </Speaking>,
);
