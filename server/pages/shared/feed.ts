/**
 * The live feed: subscribes to one view of one branch and keeps it true.
 *
 * Each push is the whole view, so the newest alone is enough: what is not newer (`seq`) is dropped, and after a
 * lost connection the feed subscribes again and takes the new snapshot. A feed that has heard nothing for some
 * seconds says that it is not live; a screen must never pass old state off as new.
 */
import { io, type Socket } from "socket.io-client";

import { ServerClock } from "./clock";
import type { FeedEvent, ProblemDetails, View, Views } from "./contract";
import { Upgrade } from "./upgrade";

/** Milliseconds of silence after which a feed is not live. The server pings every 5 s. */
export const SILENCE = 12_000;

/** One state of a view. */
export interface FeedMessage<V extends View> {
  seq: number;
  /** It is the snapshot of a (new) subscription, not a push that followed one. */
  fresh: boolean;
  /** For how many milliseconds, by this machine, nothing was known before it: above 0 only after a lost connection. */
  gap: number;
  state: Views[V];
  events: FeedEvent[];
  event: FeedEvent | null;
}

/**
 * `live`: the newest state was received, and the connection has been heard since. `since`: until when the view was
 * known to be true, by the server's clock; null while it is live, and before the first answer or failure.
 */
export interface Liveness {
  live: boolean;
  since: Date | null;
}

export interface FeedOptions<V extends View> {
  branch: string;
  view: V;
  /** The build this page was loaded with; another one reloads the page as soon as `isIdle`. */
  build: string;
  /** A device's token. Without one the session cookie speaks, if there is one. */
  token?: string | null;
  /** The customer's ticket token, for the view `ticket`. */
  ticket?: string;
  onMessage: (message: FeedMessage<V>) => void;
  onLiveness?: (liveness: Liveness) => void;
  /** The server knows this token or session no longer, or the view is not for it. The feed has stopped. */
  onRefused?: (problem: ProblemDetails) => void;
  /** May the page reload itself now, for an upgrade? Absent: always. */
  isIdle?: () => boolean;
  /** Where the server is; absent: where the page came from. */
  url?: string;
  silence?: number;
}

/** Refusals that asking again cannot mend. */
const FINAL = ["unauthenticated", "forbidden", "not-found", "validation"];
const SUBSCRIBE_TIMEOUT = 8_000;
const RESUBSCRIBE_PAUSE = 2_000;

/** The last time at which the view was known to be true: by both clocks of this machine, and by the server's. */
interface Sign {
  wall: number;
  monotonic: number;
  server: Date;
}

type Push<V extends View> = { seq: number; events?: FeedEvent[]; event?: FeedEvent | null } & Pick<Views, V>;
type Acknowledgement<V extends View> = (Push<V> & { build: string }) | { error: ProblemDetails };

/** A subscription that keeps itself alive until `close()`. */
export class Feed<V extends View> {
  readonly clock = new ServerClock();
  private readonly socket: Socket;
  private readonly upgrade: Upgrade;
  private readonly watch: ReturnType<typeof setInterval>;
  private readonly started = new Date();
  private retry: ReturnType<typeof setTimeout> | undefined;
  private sign: Sign | null = null;
  private live = false;
  private reported = false;
  /**
   * Of the newest state; null while there is no answered subscription, so that nothing that is heard means anything.
   */
  private seq: number | null = null;
  /** While a subscription is being answered: the newest push that overtook the answer. */
  private overtaking: Push<V> | null = null;
  /** Answers to subscriptions of an earlier connection are told by this number, and ignored. */
  private subscription = 0;

  constructor(private readonly options: FeedOptions<V>) {
    this.upgrade = new Upgrade(options.build, options.isIdle);
    const auth = options.token ? { token: options.token } : {};
    this.socket = io(`${options.url ?? ""}/live`, {
      auth,
      forceNew: true,
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
      timeout: 8_000,
    });
    this.socket.on("connect", () => this.subscribe());
    this.socket.on("state", (push: Push<V> & { view: View }) => this.takePush(push));
    this.socket.on("disconnect", (reason) => this.lost(reason));
    this.socket.on("connect_error", (error) => this.notConnected(error));
    this.socket.io.on("ping", this.pinged);
    document.addEventListener("visibilitychange", this.woken);
    document.addEventListener("resume", this.woken); // a tab that the browser had frozen
    window.addEventListener("online", this.woken);
    this.watch = setInterval(() => this.outOfTouch(), 1_000);
  }

  /** Ends the subscription and all that belongs to it. */
  close(): void {
    clearInterval(this.watch);
    clearTimeout(this.retry);
    this.upgrade.close();
    document.removeEventListener("visibilitychange", this.woken);
    document.removeEventListener("resume", this.woken);
    window.removeEventListener("online", this.woken);
    this.socket.io.off("ping", this.pinged);
    this.socket.off();
    this.socket.disconnect();
  }

  private subscribe(): void {
    const { branch, view, ticket } = this.options;
    const subscription = ++this.subscription;
    this.seq = null;
    this.overtaking = null;
    const request = ticket ? { branch, view, token: ticket } : { branch, view };
    this.socket
      .timeout(SUBSCRIBE_TIMEOUT)
      .emit("subscribe", request, (late: Error | null, answer: Acknowledgement<V>) => {
        if (subscription !== this.subscription) return;
        if (late) this.unanswered();
        else if ("error" in answer) this.refused(answer.error);
        else this.takeSnapshot(answer);
      });
  }

  private takeSnapshot(snapshot: Push<V> & { build: string }): void {
    const overtaking = this.overtaking;
    this.overtaking = null;
    this.deliver(snapshot, this.sign ? this.silentFor() : 0, true);
    if (overtaking) this.takePush(overtaking);
    this.upgrade.serverRuns(snapshot.build);
  }

  private takePush(push: Push<V>): void {
    if (this.outOfTouch()) return;
    if (this.seq === null) {
      if (!this.overtaking || push.seq > this.overtaking.seq) this.overtaking = push;
    } else if (push.seq > this.seq) {
      this.deliver(push);
    }
    this.heard();
  }

  private deliver(push: Push<V>, gap = 0, fresh = false): void {
    const state = push[this.options.view] as Views[V];
    this.seq = push.seq;
    if ("now" in state) this.clock.hear(state.now);
    this.options.onMessage({ seq: push.seq, fresh, gap, state, events: push.events ?? [], event: push.event ?? null });
    this.heard();
  }

  private refused(problem: ProblemDetails): void {
    if (!FINAL.includes(problem.code)) {
      this.unanswered();
      return;
    }
    this.setLive(false);
    this.close();
    this.options.onRefused?.(problem);
  }

  /** Connected, but nothing is known of the view: asks again. */
  private unanswered(): void {
    this.setLive(false);
    this.subscribeAgain();
  }

  private subscribeAgain(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.socket.connected && this.subscribe(), RESUBSCRIBE_PAUSE);
  }

  private lost(reason: string): void {
    this.seq = null; // a ping of the next connection does not make this state true again
    this.setLive(false);
    // Socket.IO does not come back by itself from a disconnect that the server asked for (a revoked token, but
    // also a server that stops in good order). Asking again tells which it was.
    if (reason === "io server disconnect") this.connectAgain();
  }

  private notConnected(error: Error & { data?: Partial<ProblemDetails> }): void {
    this.setLive(false);
    if (this.socket.active) return; // a failed transport: Socket.IO tries again by itself
    const code = error.data?.code ?? error.message;
    if (FINAL.includes(code)) this.refused({ title: error.message, detail: null, status: 401, ...error.data, code });
    else this.connectAgain();
  }

  private connectAgain(): void {
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.socket.connect(), RESUBSCRIBE_PAUSE);
  }

  private heard(): void {
    if (this.seq === null) return;
    this.sign = { wall: Date.now(), monotonic: performance.now(), server: this.clock.now() };
    this.setLive(true);
  }

  private readonly pinged = (): void => {
    if (!this.outOfTouch()) this.heard();
  };

  /** Milliseconds. The one clock may be set and the other stand still in sleep: the longer time counts. */
  private silentFor(): number {
    if (!this.sign) return 0;
    return Math.max(Math.abs(Date.now() - this.sign.wall), performance.now() - this.sign.monotonic);
  }

  /**
   * Whether nothing was heard for too long; then it asks anew. What arrives first after that is not believed: a
   * machine that slept finds in its connection what was sent while it fell asleep.
   */
  private outOfTouch(): boolean {
    if (!this.live || this.silentFor() <= (this.options.silence ?? SILENCE)) return false;
    this.setLive(false);
    this.reconnect();
    return true;
  }

  /** A laptop that slept or a phone from a pocket: its connection may be dead without having been told. */
  private readonly woken = (): void => {
    if (document.visibilityState !== "visible") return;
    const silent = this.silentFor() > (this.options.silence ?? SILENCE) / 2;
    if (!this.socket.connected || silent) this.reconnect();
  };

  private reconnect(): void {
    clearTimeout(this.retry);
    this.socket.disconnect().connect();
  }

  private setLive(live: boolean): void {
    if (live === this.live && this.reported) return;
    this.live = live;
    this.reported = true;
    this.options.onLiveness?.({ live, since: live ? null : (this.sign?.server ?? this.started) });
  }
}
