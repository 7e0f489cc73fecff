/** Joins the kiosk to its server: the token, the live board, what the branch is; and says so when they are missing. */
import { useMemo, useState } from "preact/hooks";

import { Api } from "../../server/pages/shared/api";
import type { Boot } from "../../server/pages/shared/boot";
import { useFeed } from "../../server/pages/shared/components/useFeed";
import { NotAdmitted } from "./NotAdmitted";
import { Terminal } from "./Terminal";
import { Speaking } from "./translations";
import { useBranch } from "./useBranch";

export interface KioskBoot extends Boot {
  branch: string;
  demo?: boolean;
}

/** `token`: null where this browser has been given none. */
export function Kiosk({ boot, token }: { boot: KioskBoot; token: string | null }) {
  if (token) return <Connected boot={boot} token={token} />;
  return (
    <Speaking language={mainLanguage(boot)} languages={boot.languages}>
      <NotAdmitted branch={boot.branch} problem={null} />
    </Speaking>
  );
}

interface ConnectedProps {
  boot: KioskBoot;
  token: string;
}

function Connected({ boot, token }: ConnectedProps) {
  const { branch, build } = boot;
  const api = useMemo(() => new Api({ token, timeout: 6_000, pauses: [] }), [token]);
  const [idle, setIdle] = useState(true);
  const [denied, setDenied] = useState<{ code: string; detail: string | null } | null>(null);
  const { message, liveness, clock, refused } = useFeed({ branch, view: "board", build, token, isIdle: () => idle });
  const known = useBranch(api, branch, liveness.live);
  const problem = denied ?? refused ?? known.refused;
  return (
    <Speaking language={mainLanguage(boot)} languages={boot.languages} timeZone={known.info?.timezone}>
      {problem ? (
        <NotAdmitted branch={branch} problem={problem} />
      ) : (
        <Terminal
          api={api}
          branch={branch}
          board={message?.state ?? null}
          info={known.info}
          liveness={liveness}
          clock={clock}
          mainLanguage={mainLanguage(boot)}
          demo={boot.demo === true}
          onIdle={setIdle}
          onDenied={setDenied}
        />
      )}
    </Speaking>
  );
}

/** The branch's first language greets whoever comes next. */
function mainLanguage(boot: KioskBoot): string {
  return boot.languages[0] ?? boot.language;
}
