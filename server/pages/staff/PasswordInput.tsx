/** The field of a password that can be shown, and the tick that shows it. */
import type { RefObject } from "preact";

import { useWords } from "./translations";

interface PasswordInputProps {
  name: string;
  /** What a password manager fills in or keeps. */
  autocomplete: "current-password" | "new-password";
  shown: boolean;
  invalid?: boolean;
  field?: RefObject<HTMLInputElement | null>;
  first?: boolean;
  minLength?: number;
  describedBy?: string;
}

/** Two elements to TypeScript, one to the browser: the type changes, what was typed stays. */
export function PasswordInput({
  name,
  autocomplete,
  shown,
  invalid = false,
  field,
  first,
  minLength,
  describedBy,
}: PasswordInputProps) {
  const shared = {
    class: "field__input",
    name,
    autocomplete,
    required: true,
    maxLength: 1024,
    "aria-invalid": invalid,
    ...(field && { ref: field }),
    ...(first && { "data-first": "" }),
    ...(minLength && { minLength }),
    ...(describedBy && { "aria-describedby": describedBy }),
  };
  return shown ? (
    <input {...shared} type="text" autocapitalize="none" spellcheck={false} />
  ) : (
    <input {...shared} type="password" />
  );
}

export function ShowPassword({ shown, show }: { shown: boolean; show: (shown: boolean) => void }) {
  const words = useWords();
  return (
    <label class="tick">
      <input type="checkbox" checked={shown} onChange={(event) => show(event.currentTarget.checked)} />
      <span>{words.text("console.show_password")}</span>
    </label>
  );
}
