/** The head of every staff page: where one is, whether it is live, and the way out. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

import type { ServerClock } from "../shared/clock";
import { Clock } from "../shared/components/Clock";
import { Icon, type IconName } from "../shared/components/Icon";
import { LanguageSwitch } from "../shared/components/LanguageSwitch";
import type { Liveness } from "../shared/feed";
import { PasswordDialog } from "./PasswordDialog";
import type { Staff } from "./StaffPage";
import { useWords } from "./translations";

interface HeadProps {
  staff: Staff;
  liveness: Liveness;
  clock: ServerClock;
  /** The page's own part, beside the branch: which counter, say. */
  children?: ComponentChildren;
  signOut: () => void;
}

export function Head({ staff, liveness, clock, children, signOut }: HeadProps) {
  const words = useWords();
  const supervises = staff.role !== "agent";
  const [changing, setChanging] = useState(false);
  return (
    <header class="head">
      <a class="brand" href="/">
        Giliran
      </a>
      <div class="head__place">
        <p class="head__branch">
          {words.name(staff.branch.name)}
          {staff.leaveBranch && (
            <button type="button" class="link" onClick={staff.leaveBranch}>
              {words.text("console.other_branch")}
            </button>
          )}
        </p>
        {children}
      </div>
      <p class={`live ${liveness.live ? "" : liveness.since ? "live--lost" : "live--connecting"}`}>
        <Icon name={liveness.live ? "check" : liveness.since ? "offline" : "clock"} />
        <span>
          {words.text(liveness.live ? "common.live" : liveness.since ? "console.not_live_short" : "common.connecting")}
        </span>
        <Clock clock={clock} />
      </p>
      {supervises && (
        <nav class="head__pages" aria-label={words.text("console.pages")}>
          <PageLink
            href="/console"
            icon="counter"
            here={staff.page === "console"}
            text={words.text("console.page_counter")}
          />
          <PageLink
            href="/console/supervisor"
            icon="chart"
            here={staff.page === "supervisor"}
            text={words.text("console.page_supervisor")}
          />
        </nav>
      )}
      <LanguageSwitch />
      <button
        type="button"
        class="button button--quiet head__password"
        title={words.text("console.password_change")}
        onClick={() => setChanging(true)}
      >
        <Icon name="key" />
        <span class="unseen">{words.text("console.password_change")}</span>
      </button>
      {changing && <PasswordDialog staff={staff} close={() => setChanging(false)} />}
      <button type="button" class="button button--quiet head__out" onClick={signOut}>
        <Icon name="leave" />
        <span>{words.text("console.sign_out", { name: staff.session.user })}</span>
      </button>
    </header>
  );
}

function PageLink({ href, icon, here, text }: { href: string; icon: IconName; here: boolean; text: string }) {
  return (
    <a class="button button--quiet" href={href} aria-current={here ? "page" : undefined}>
      <Icon name={icon} />
      <span>{text}</span>
    </a>
  );
}
