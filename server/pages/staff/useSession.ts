/** Who is signed in at this browser. */
import { useCallback, useEffect, useState } from "preact/hooks";

import { Api, Problem } from "../shared/api";
import type { Session } from "../shared/contract";

/** One client for all staff pages: it carries the session's CSRF token. */
export const api = new Api();

export interface SessionState {
  /** undefined: not known yet; null: nobody is signed in. */
  session: Session | null | undefined;
  /** Why it is not known yet, when asking failed. */
  problem: Problem | null;
  /** The server no longer knew the session: it ended, or was revoked. */
  ended: boolean;
  /**
   * Throws a `Problem`: `unauthenticated` for a wrong name or password, `rate-limited` after too many tries; else
   * `CookiesRefused`.
   */
  signIn: (name: string, password: string) => Promise<void>;
  signOut: () => Promise<void>;
  /** Takes in that the server does not know this session any more. */
  expire: () => void;
  retry: () => void;
}

/** The server has let somebody in, and does not know this browser a moment later: it did not keep the cookie. */
export class CookiesRefused extends Error {}

/** Asks the server once, then follows what happens on this page. */
export function useSession(): SessionState {
  const [session, setSession] = useState<Session | null>();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [ended, setEnded] = useState(false);

  const take = (next: Session | null) => {
    api.csrf = next?.csrf_token ?? null;
    setSession(next);
  };
  /** Whether somebody is signed in, as far as the server answers. */
  const ask = useCallback(async () => {
    setProblem(null);
    try {
      take(await api.get<Session>("/session"));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) {
        take(null);
        return false;
      }
      setProblem(error);
    }
    return true;
  }, []);
  useEffect(() => void ask(), []);

  return {
    session,
    problem,
    ended,
    signIn: async (name, password) => {
      await api.post<Session>("/session", { name, password });
      setEnded(false);
      if (!(await ask())) throw new CookiesRefused();
    },
    signOut: async () => {
      await api.delete("/session");
      take(null);
    },
    expire: () => {
      setEnded(true);
      take(null);
    },
    retry: () => void ask(),
  };
}
