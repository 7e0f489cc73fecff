/** A small button in a row of a list. */
import type { ComponentChildren } from "preact";

interface RowButtonProps {
  name: ComponentChildren;
  /** The ticket of the row, told to those who cannot see it. */
  number: string;
  off: boolean;
  press: () => void;
}

export function RowButton({ name, number, off, press }: RowButtonProps) {
  return (
    <button type="button" class="button button--small" aria-disabled={off} onClick={() => !off && press()}>
      <span>
        {name}
        <span class="unseen"> {number}</span>
      </span>
    </button>
  );
}
