/** Joins the wall to its server, and lays out what hangs in the lobby. */
import { useState } from "preact/hooks";

import type { Boot } from "../../server/pages/shared/boot";
import type { ServerClock } from "../../server/pages/shared/clock";
import { Clock } from "../../server/pages/shared/components/Clock";
import { useFeed } from "../../server/pages/shared/components/useFeed";
import { useLostSince } from "../../server/pages/shared/components/useLostSince";
import type { Board, Call } from "../../server/pages/shared/contract";
import { deviceToken } from "../../server/pages/shared/device";
import type { Liveness } from "../../server/pages/shared/feed";
import { choose, NOTHING } from "./choice";
import { Fit } from "./Fit";
import { MainCall } from "./MainCall";
import { Muted } from "./Muted";
import { NotAdmitted } from "./NotAdmitted";
import { Notice } from "./Notice";
import { NotLive } from "./NotLive";
import { RecentCalls } from "./RecentCalls";
import { Speaking, useTongues, useWords, type WallWords } from "./translations";
import { useAnnouncer } from "./useAnnouncer";
import { Waiting } from "./Waiting";
import { Welcome } from "./Welcome";

/** Milliseconds. */
const LOST_AFTER = 2_500;

export interface DisplayBoot extends Boot {
  branch: string;
}

export function Wall({ boot }: { boot: DisplayBoot }) {
  const [token] = useState(() => deviceToken(`display/${boot.branch}`));
  if (token) return <Connected boot={boot} token={token} />;
  return (
    <Speaking language={boot.languages[0] ?? boot.language} languages={boot.languages}>
      <NotAdmitted branch={boot.branch} problem={null} />
    </Speaking>
  );
}

function Connected({ boot, token }: { boot: DisplayBoot; token: string }) {
  const { branch, build } = boot;
  const { current, muted, take, isIdle } = useAnnouncer(branch, token);
  const { message, liveness, clock, refused } = useFeed({
    branch,
    view: "board",
    build,
    token,
    isIdle,
    onMessage: take,
  });
  const board = message?.state ?? null;
  const languages = board?.languages ?? boot.languages;
  return (
    <Speaking language={languages[0] ?? boot.language} languages={languages} timeZone={board?.timezone}>
      {refused ? (
        <NotAdmitted branch={branch} problem={refused} />
      ) : (
        <Hall board={board} announced={current} liveness={liveness} clock={clock} muted={muted} languages={languages} />
      )}
    </Speaking>
  );
}

interface HallProps {
  /** Null until the server has told it. */
  board: Board | null;
  announced: Call | null;
  liveness: Liveness;
  clock: ServerClock;
  muted: boolean;
  languages: string[];
}

function Hall({ board, announced, liveness, clock, muted, languages }: HallProps) {
  const words = useWords();
  const tongues = useTongues(languages, board?.timezone);
  const since = useLostSince(liveness, clock, LOST_AFTER);
  return (
    <main class={`wall ${since ? "wall--old" : ""}`}>
      <header class="head">
        <h1 class="head__name">
          <Fit lines={2} tall={1.25}>
            {board ? words.name(board.branch_name) : words.text("display.connecting")}
          </Fit>
        </h1>
        {muted && <Muted tongues={tongues} />}
        {board && <Clock clock={clock} date />}
      </header>
      <Calls board={board} announced={announced} since={since} clock={clock} tongues={tongues} />
      {board && <Waiting board={board} tongues={tongues} />}
      {board?.notice && <Notice notice={board.notice} tongues={tongues} />}
    </main>
  );
}

interface CallsProps {
  board: Board | null;
  announced: Call | null;
  /** Since when the board is not live; null while it is. */
  since: Date | null;
  clock: ServerClock;
  tongues: WallWords[];
}

function Calls({ board, announced, since, clock, tongues }: CallsProps) {
  const { main, recent, columns } = board ? choose(board, announced, !since) : NOTHING;
  const alone = recent.length === 0 && !main;
  return (
    <div class={`calls ${alone ? "calls--alone" : ""}`}>
      {since ? (
        <NotLive since={since} tongues={tongues} />
      ) : main ? (
        <MainCall key={main.seq} call={main} tongues={tongues} announced={announced !== null} />
      ) : (
        board && <Welcome opening={board} clock={clock} tongues={tongues} />
      )}
      {!alone && <RecentCalls calls={recent} columns={columns} tongues={tongues} />}
    </div>
  );
}
