/** Asks before a place in the line is given up. */
import { useState } from "preact/hooks";

import { Problem } from "../shared/api";
import { Dialog } from "../shared/components/Dialog";
import type { Ticket } from "../shared/contract";
import { useWords } from "./translations";

interface LeaveDialogProps {
  ticket: Ticket;
  leave: () => Promise<void>;
  onClose: () => void;
}

export function LeaveDialog({ ticket, leave, onClose }: LeaveDialogProps) {
  const words = useWords();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);

  const confirm = async () => {
    setBusy(true);
    setFailed(false);
    try {
      await leave();
      onClose();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setFailed(true);
      setBusy(false);
    }
  };

  const actions = (
    <>
      <button type="button" class="button button--primary" data-first onClick={onClose}>
        {words.text("ticket.leave_stay")}
      </button>
      <button type="button" class="button button--danger" disabled={busy} onClick={confirm}>
        {words.text("ticket.leave_confirm")}
      </button>
    </>
  );
  return (
    <Dialog title={words.text("ticket.leave_title")} onClose={onClose} actions={actions}>
      <p>{words.text("ticket.leave_text", { number: ticket.number })}</p>
      {failed && (
        <p class="field__error" role="alert">
          {words.text("ticket.leave_failed")}
        </p>
      )}
    </Dialog>
  );
}
