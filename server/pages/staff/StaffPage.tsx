/** What stands before every staff page: signing in, and which branch it is about. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Banner } from "../shared/components/Banner";
import { problemText } from "../shared/components/problemText";
import type { BranchInfo, Role, Session } from "../shared/contract";
import type { PageProps } from "./begin";
import { remember, remembered } from "./remembered";
import { SignIn } from "./SignIn";
import { useWords } from "./translations";
import { api, type SessionState, useSession } from "./useSession";

/** All that a staff page knows of where it stands. */
export interface Staff {
  session: Session;
  branch: BranchInfo;
  /** What the account is in this branch; elsewhere it may be something else. */
  role: Role;
  build: string;
  /** The page that this is, for the links in its head. */
  page: string;
  signOut: () => Promise<void>;
  /** The server does not know the session any more. */
  expire: () => void;
  /** The account may do something else by now: ask the server what. */
  refresh: () => void;
  /** Absent where there is only one branch. */
  leaveBranch: (() => void) | undefined;
}

interface StaffPageProps extends PageProps {
  /** What is shown to who is signed in. */
  Page: ComponentType<{ staff: Staff }>;
}

export function StaffPage({ boot, onTimeZone, Page }: StaffPageProps) {
  const state = useSession();
  if (state.session === undefined) return <Waiting problem={state.problem} retry={state.retry} />;
  if (state.session === null) return <SignIn ended={state.ended} signIn={state.signIn} />;
  return <AtBranch boot={boot} state={state} session={state.session} onTimeZone={onTimeZone} Page={Page} />;
}

interface AtBranchProps extends StaffPageProps {
  state: SessionState;
  session: Session;
}

function AtBranch({ boot, state, session, onTimeZone, Page }: AtBranchProps) {
  const [chosen, setSlug] = useState(() => firstBranch(session));
  const own = session.branches.find((each) => each.slug === chosen);
  const slug = own ? own.slug : null;
  const { branch, problem, retry } = useBranch(slug);
  useEffect(() => {
    if (branch) onTimeZone(branch.timezone);
  }, [branch]);

  if (!own) {
    const choose = (each: string) => {
      remember("branch", each);
      setSlug(each);
    };
    return <ChooseBranch session={session} choose={choose} />;
  }
  if (!branch) return <Waiting problem={problem} retry={retry} />;
  const staff: Staff = {
    session,
    branch,
    role: own.role,
    build: boot.build,
    page: boot.page,
    signOut: state.signOut,
    expire: state.expire,
    refresh: state.retry,
    leaveBranch: session.branches.length > 1 ? () => setSlug(null) : undefined,
  };
  return <Page staff={staff} />;
}

/** Their own branch, the only one, or the one they chose last. */
function firstBranch(session: Session): string | null {
  const slugs = session.branches.map((each) => each.slug);
  const last = remembered("branch");
  if (session.branch) return session.branch;
  if (slugs.length === 1) return slugs[0]!;
  return last && slugs.includes(last) ? last : null;
}

function useBranch(slug: string | null) {
  const [branch, setBranch] = useState<BranchInfo | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    setBranch(null);
    setProblem(null);
    if (!slug) return;
    const aborter = new AbortController();
    api.get<BranchInfo>(`/branches/${slug}`, { signal: aborter.signal }).then(setBranch, (error: unknown) => {
      if (error instanceof Problem) setProblem(error);
    });
    return () => aborter.abort();
  }, [slug, attempt]);
  return { branch, problem, retry: () => setAttempt(attempt + 1) };
}

function ChooseBranch({ session, choose }: { session: Session; choose: (slug: string) => void }) {
  const words = useWords();
  return (
    <main class="alone stack">
      <h1>{words.text(session.branches.length ? "console.choose_branch" : "console.no_branch")}</h1>
      {session.branches.map((each) => (
        <button key={each.slug} type="button" class="tile" onClick={() => choose(each.slug)}>
          <span class="tile__title">{words.name(each.name)}</span>
        </button>
      ))}
    </main>
  );
}

function Waiting({ problem, retry }: { problem: Problem | null; retry: () => void }) {
  const words = useWords();
  return (
    <main class="alone stack">
      {problem ? (
        <Banner tone="danger" icon="offline">
          <span>{problemText(words, problem)}</span>
          <button type="button" class="button" onClick={retry}>
            {words.text("common.retry")}
          </button>
        </Banner>
      ) : (
        <p class="large" role="status">
          {words.text("common.loading")}
        </p>
      )}
    </main>
  );
}
