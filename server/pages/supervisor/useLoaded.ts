/** A list from the API with the means to read it again. */
import { useEffect, useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { api } from "../staff/useSession";

export interface Loaded<T> {
  value: T | null;
  problem: Problem | null;
  reload: () => void;
}

/** Reads `path` now, and whenever it changes or `reload` is called; the old value stays until the new one is here. */
export function useLoaded<T>(path: string, expire: () => void): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const aborter = new AbortController();
    const load = async () => {
      try {
        const loaded = await api.get<T>(path, { signal: aborter.signal });
        setValue(loaded);
        setProblem(null);
      } catch (error) {
        if (aborter.signal.aborted) return;
        if (!(error instanceof Problem)) throw error;
        if (error.status === 401) expire();
        setProblem(error);
      }
    };
    void load();
    return () => aborter.abort();
  }, [path, version]);
  return { value, problem, reload: () => setVersion((before) => before + 1) };
}
