/**
 * Asks why the counter pauses: Enter takes the first reason. With a customer there, it pauses once that one has left.
 */
import type { Queue } from "../../shared/contract";
import { pauseReasons, type Reason } from "../../staff/pauseReasons";
import { useWords } from "../translations";
import { ReasonDialog } from "./ReasonDialog";

interface PauseDialogProps {
  queue: Queue;
  /** The customer who is there, or null. */
  number: string | null;
  live: boolean;
  send: (reason: Reason) => void;
  close: () => void;
}

export function PauseDialog({ queue, number, live, send, close }: PauseDialogProps) {
  const words = useWords();
  const reasons = pauseReasons(words, queue);
  const first = reasons[0]!;
  return (
    <ReasonDialog
      title={words.text(number === null ? "console.pause_title" : "counter.pause_after_title", {
        number: number ?? "",
      })}
      hint={words.text(number === null ? "console.pause_hint" : "counter.pause_after_hint", {
        reason: first.label,
        number: number ?? "",
      })}
      label={words.text("counter.pause_else")}
      longest={64}
      reasons={reasons}
      otherwise={first}
      confirm={words.text(number === null ? "console.action_pause" : "counter.action_pause_after")}
      live={live}
      send={send}
      close={close}
    />
  );
}
