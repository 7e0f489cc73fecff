/** Where the map's screens are: for the demo with their tokens in the links, else plainly. */
import type { Boot } from "../shared/boot";
import type { Localised, Role } from "../shared/contract";

export type PlaceKind = "kiosk" | "display" | "printer" | "console" | "supervisor" | "docs";

export interface DemoLink {
  kind: PlaceKind;
  href: string;
  /** The device's own name, where it has one. */
  label: string;
}

export interface DemoAccount {
  name: string;
  password: string;
  role: Role;
}

export interface HomeBranch {
  slug: string;
  name: Localised;
  languages: string[];
  /** Whether tickets that are issued under this page's address get a code for phones. */
  codes?: boolean;
}

export interface HomeBoot extends Boot {
  branches: HomeBranch[];
  /** Only a demo tells its links and passwords; elsewhere each page asks for what it needs. */
  demo: { accounts: DemoAccount[]; links: DemoLink[] } | null;
  /** Whether somebody came here by an address that leads nowhere. */
  missing?: boolean;
  /** Whether that address is one of a branch that is closed for good. */
  closed_for_good?: boolean;
  /** Who is signed in; the server may leave it to the console to know. */
  user?: string | null;
}

/**
 * Where a screen of the branch is; several where the demo has several. Empty: there is no page (a real printer has
 * none).
 */
export function linksTo(kind: PlaceKind, branch: HomeBranch, boot: HomeBoot): DemoLink[] {
  const links = boot.demo?.links.filter((each) => each.kind === kind) ?? [];
  const href = bareAddress(kind, branch);
  return links.length > 0 || href === null ? links : [{ kind, href, label: "" }];
}

function bareAddress(kind: PlaceKind, branch: HomeBranch): string | null {
  switch (kind) {
    case "kiosk":
      return `/kiosk/${branch.slug}`;
    case "display":
      return `/display/${branch.slug}`;
    case "console":
      return "/console";
    case "supervisor":
      return "/console/supervisor";
    case "docs":
      return "/api/docs";
    case "printer":
      return null;
  }
}
