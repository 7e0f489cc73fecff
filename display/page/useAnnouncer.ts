/** The announcer as the wall uses it. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Call } from "../../server/pages/shared/contract";
import type { FeedMessage } from "../../server/pages/shared/feed";
import { Announcer, SENTENCE } from "./announcer";
import { chime } from "./chime";
import { Player } from "./player";
import { speech } from "./speech";

export interface Announcing {
  /** The call that is being announced. */
  current: Call | null;
  /** The browser forbids the page to sound, until somebody touches it. */
  muted: boolean;
  take: (message: FeedMessage<"board">) => void;
  isIdle: () => boolean;
}

export function useAnnouncer(branch: string, token: string): Announcing {
  const [current, setCurrent] = useState<Call | null>(null);
  const [muted, setMuted] = useState(false);
  const announcer = useRef<Announcer<Blob> | null>(null);

  useEffect(() => {
    const player = new Player(setMuted);
    const bell = Promise.resolve(chime());
    announcer.current = new Announcer<Blob>({
      sounds: {
        chime: () => bell,
        speech: (call, language, short) => speech(branch, token, call, language, short),
        play: (sound, short) => player.play(sound, short ? SENTENCE : undefined),
        muted: () => player.isMuted,
        stop: () => player.stop(),
      },
      onCurrent: setCurrent,
      onFault: (call, fault) => console.warn(`${call.number} was not heard: ${String(fault)}`),
    });
    player.tryOut();
    const touched = () => player.tryOut();
    document.addEventListener("click", touched);
    document.addEventListener("keydown", touched);
    return () => {
      announcer.current?.close();
      document.removeEventListener("click", touched);
      document.removeEventListener("keydown", touched);
    };
  }, [branch, token]);

  const take = useCallback(({ state, seq, gap }: FeedMessage<"board">) => announcer.current?.take(state, seq, gap), []);
  const isIdle = useCallback(() => !announcer.current?.busy, []);
  return { current, muted, take, isIdle };
}
