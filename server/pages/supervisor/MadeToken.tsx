/** A new token, which is told once: to copy, and for a screen as the address to open there, also as a QR code. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Dialog } from "../shared/components/Dialog";
import { QrPicture } from "../shared/components/QrPicture";
import type { NewToken } from "../shared/contract";
import type { QrDrawing } from "../shared/qr";
import { useWords } from "./translations";

interface MadeTokenProps {
  made: NewToken;
  slug: string;
  build: string;
  /** Where other machines open the pages; null where they cannot. */
  address: string | null;
  close: () => void;
}

export function MadeToken({ made, slug, build, address, close }: MadeTokenProps) {
  const words = useWords();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  const isScreen = made.role === "kiosk" || made.role === "display";
  const text = isScreen ? `${address ?? location.origin}/${made.role}/${slug}#${made.token}` : made.token;
  // The token stays in this page: the code is drawn here, and what is behind the # is sent to no server.
  const code = useCode(isScreen && address ? text : null, build);
  return (
    <Dialog
      title={words.text("supervisor.token_made", { name: made.name })}
      actions={
        <>
          <button type="button" class="button" onClick={() => void copy(field.current!).then(setCopied)}>
            {words.text("supervisor.copy")}
          </button>
          <button type="button" class="button button--primary" onClick={close}>
            {words.text("supervisor.token_noted")}
          </button>
        </>
      }
    >
      <div class="stack">
        <p>
          {words.text(
            !isScreen ? "supervisor.token_keep" : address ? "supervisor.token_open" : "supervisor.token_open_here",
          )}
        </p>
        <input
          class="field__input"
          ref={field}
          readOnly
          value={text}
          aria-label={words.text("supervisor.token")}
          data-first
          onFocus={(event) => event.currentTarget.select()}
        />
        <p role="status">{copied !== null && words.text(copied ? "supervisor.copied" : "supervisor.not_copied")}</p>
        {code && (
          <>
            <QrPicture drawing={code} label={words.text("supervisor.token_code")} />
            <p class="soft small">{words.text("supervisor.token_scan")}</p>
          </>
        )}
      </div>
    </Dialog>
  );
}

/** The drawing of `text`; null while it is not there, or where there is none to be. */
function useCode(text: string | null, build: string): QrDrawing | null {
  const [code, setCode] = useState<QrDrawing | null>(null);
  useEffect(() => {
    if (text === null) return;
    const module = `/static/qr.js?${build}`;
    (import(module) as Promise<typeof import("../shared/qr")>).then(
      ({ draw }) => setCode(draw(text)),
      () => setCode(null), // the line just broke: the address can be copied all the same
    );
  }, [text]);
  return code;
}

/** Copies the field's text; false where the browser does not let a page do that. */
async function copy(field: HTMLInputElement): Promise<boolean> {
  field.focus();
  field.select();
  // Browsers give the clipboard to pages over HTTPS alone; on a branch's own network the older way is left.
  if (!window.isSecureContext) return document.execCommand("copy");
  return navigator.clipboard.writeText(field.value).then(
    () => true,
    () => document.execCommand("copy"),
  );
}
