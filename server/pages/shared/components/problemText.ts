/** What went wrong, in the words of the person who pressed. */
import type errors from "../../../texts/en.json";
import type { ProblemDetails } from "../contract";
import type { Sections, Words } from "../texts";

interface ErrorSections extends Sections {
  errors: typeof errors.errors;
}

/** The text of a problem's code; one without a text of its own is told by its code. Bundle the section `errors`. */
export function problemText<S extends ErrorSections>(
  words: Words<S>,
  problem: Pick<ProblemDetails, "code" | "candidates">,
): string {
  const errors = words as unknown as Words<ErrorSections>;
  const { code, candidates } = problem;
  return errors.has("errors", code)
    ? errors.text(`errors.${code}`, { candidates: candidates?.join(", ") ?? "" })
    : errors.text("errors.unexpected", { code });
}
