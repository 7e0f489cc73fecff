/** Takes the numbers that phones took in a span of time out of the line, after naming how many these are. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import type { ServerClock } from "../shared/clock";
import { Banner } from "../shared/components/Banner";
import { Dialog } from "../shared/components/Dialog";
import { problemText } from "../shared/components/problemText";
import { useNow } from "../shared/components/useNow";
import type { PhoneTicketsCancelled } from "../shared/contract";
import type { Staff } from "../staff/StaffPage";
import { api } from "../staff/useSession";
import { useWords } from "./translations";

const MINUTE = 60_000;

interface Span {
  from: string;
  to: string;
  reason: string;
}

export function PhoneTickets({ staff, clock, live }: { staff: Staff; clock: ServerClock; live: boolean }) {
  const words = useWords();
  const zone = staff.branch.timezone;
  const now = useNow(clock);
  // until somebody sets them, the fields follow the clock: the page stays open all day
  const [chosenFrom, setFrom] = useState<string | null>(null);
  const [chosenTo, setTo] = useState<string | null>(null);
  const from = chosenFrom ?? wallTime(new Date(now.getTime() - 60 * MINUTE), zone);
  const to = chosenTo ?? wallTime(now, zone);
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState<{ span: Span; cancelled: number } | null>(null);
  const [result, setResult] = useState<Problem | number | null>(null);
  const [busy, setBusy] = useState(false);
  const off = !live || busy;

  const post = async (span: Span, trial: boolean): Promise<number | null> => {
    setResult(null);
    setBusy(true);
    try {
      const path = `/branches/${staff.branch.slug}/phone-tickets/cancel${trial ? "?dry_run=1" : ""}`;
      return (await api.post<PhoneTicketsCancelled>(path, span)).cancelled;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) staff.expire();
      setResult(error);
      return null;
    } finally {
      setBusy(false);
    }
  };
  const ask = async (event: SubmitEvent) => {
    event.preventDefault();
    if (off) return;
    const begins = lastTimeAt(from, zone, clock.now());
    const ends = lastTimeAt(to, zone, new Date(begins.getTime() + 24 * 60 * MINUTE));
    const span = {
      from: begins.toISOString(),
      to: new Date(ends.getTime() + MINUTE).toISOString(),
      reason: reason.trim(),
    };
    const cancelled = await post(span, true);
    if (cancelled === 0) setResult(0);
    else if (cancelled !== null) setAsked({ span, cancelled });
  };
  const cancel = async () => {
    if (off || !asked) return;
    const { span } = asked;
    setAsked(null);
    setResult((await post(span, false)) ?? null);
  };

  return (
    <section class="card stack">
      <h2>{words.text("supervisor.phones")}</h2>
      <p class="soft">{words.text("supervisor.phones_text")}</p>
      <form class="cluster phones" onSubmit={(event) => void ask(event)}>
        <label class="field">
          <span class="field__label">{words.text("supervisor.phones_from")}</span>
          <input
            class="field__input"
            type="time"
            name="from"
            required
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span class="field__label">{words.text("supervisor.phones_to")}</span>
          <input
            class="field__input"
            type="time"
            name="to"
            required
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </label>
        <label class="field phones__reason">
          <span class="field__label">{words.text("supervisor.phones_reason")}</span>
          <input
            class="field__input"
            name="reason"
            required
            maxLength={100}
            pattern=".*\S.*"
            autocomplete="off"
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="button" aria-disabled={off}>
          {words.text("supervisor.phones_ask")}
        </button>
      </form>
      {result instanceof Problem && <Banner tone="danger">{problemText(words, result)}</Banner>}
      {typeof result === "number" && (
        <Banner>{words.text(result ? "supervisor.phones_done" : "supervisor.phones_none", { n: result })}</Banner>
      )}
      {asked && (
        <Dialog
          title={words.text("supervisor.phones_sure", { n: asked.cancelled })}
          onClose={() => setAsked(null)}
          actions={
            <>
              <button type="button" class="button" data-first onClick={() => setAsked(null)}>
                {words.text("common.cancel")}
              </button>
              <button
                type="button"
                class="button button--primary button--danger"
                aria-disabled={off}
                onClick={() => void cancel()}
              >
                {words.text("supervisor.phones_cancel", { n: asked.cancelled })}
              </button>
            </>
          }
        >
          <p>
            {words.text("supervisor.phones_sure_text", {
              from: words.time(asked.span.from),
              to: words.time(lastMinute(asked.span)),
            })}
          </p>
        </Dialog>
      )}
    </section>
  );
}

/** The last minute of a span, as its field names it. */
function lastMinute({ to }: Span): string {
  return new Date(Date.parse(to) - MINUTE).toISOString();
}

/** The time on the branch's wall, as a time field has it: 08:05. */
function wallTime(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone }).format(
    at,
  );
}

/** The last moment until `until` at which the branch's wall showed this time; to the minute. */
function lastTimeAt(wall: string, timeZone: string, until: Date): Date {
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const ago = (minutes(wallTime(until, timeZone)) - minutes(wall) + 24 * 60) % (24 * 60);
  return new Date(Math.floor(until.getTime() / MINUTE) * MINUTE - ago * MINUTE);
}
