/** The live feed as a component uses it. */
import { useEffect, useRef, useState } from "preact/hooks";

import { ServerClock } from "../clock";
import type { ProblemDetails, View } from "../contract";
import { Feed, type FeedMessage, type FeedOptions, type Liveness } from "../feed";

export interface LiveView<V extends View> {
  /** The newest state; null until the first one came. It stays when the connection is lost: show `liveness` with it. */
  message: FeedMessage<V> | null;
  liveness: Liveness;
  /** The server's clock, for ages and for the time of day. */
  clock: ServerClock;
  /** Set when the server refused this page for good; the feed has then stopped. */
  refused: ProblemDetails | null;
}

/** Before the first message nothing is known, so nothing is live. */
const CONNECTING: Liveness = { live: false, since: null };

/**
 * Subscribes while the component stands, and again when branch, view or a token changes.
 * `onMessage` is called for every message, for those who must not miss one between two renderings (the announcer).
 */
export function useFeed<V extends View>(
  options: Omit<FeedOptions<V>, "onMessage" | "onLiveness" | "onRefused"> & Partial<Pick<FeedOptions<V>, "onMessage">>,
): LiveView<V> {
  const [message, setMessage] = useState<FeedMessage<V> | null>(null);
  const [liveness, setLiveness] = useState<Liveness>(CONNECTING);
  const [refused, setRefused] = useState<ProblemDetails | null>(null);
  const [clock, setClock] = useState(() => new ServerClock());
  const latest = useRef(options);
  latest.current = options;

  useEffect(() => {
    const feed = new Feed<V>({
      ...options,
      isIdle: () => latest.current.isIdle?.() ?? true,
      onMessage: (each) => {
        setMessage(each);
        latest.current.onMessage?.(each);
      },
      onLiveness: setLiveness,
      onRefused: setRefused,
    });
    setMessage(null);
    setLiveness(CONNECTING);
    setRefused(null);
    setClock(feed.clock);
    return () => feed.close();
  }, [options.branch, options.view, options.token, options.ticket]);

  return { message, liveness, clock, refused };
}
