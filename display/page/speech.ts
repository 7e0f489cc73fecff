/** Fetches a call as the server says it. */
import type { Call } from "../../server/pages/shared/contract";

/**
 * The WAV of a call in a language, as the whole sentence or a short one; null in one that is not spoken. A fetch, not
 * an address for the audio element: that cannot carry the token.
 */
export async function speech(
  branch: string,
  token: string,
  call: Call,
  language: string,
  short: boolean,
): Promise<Blob | null> {
  const path = `/api/v1/speech/${encodeURIComponent(branch)}/${call.seq}.wav?language=${encodeURIComponent(language)}${short ? "&short=true" : ""}`;
  const response = await fetch(path, { headers: { Authorization: `Bearer ${token}` } });
  if (response.status === 204) return null;
  if (!response.ok) throw new Error(`the server answered ${response.status} to ${path}`);
  return new Blob([await response.arrayBuffer()], { type: "audio/wav" });
}
