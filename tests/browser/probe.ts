/** The shared browser code, laid open for the tests: bundled into one script that sets `window.giliran`. */
import { Api, press, Problem } from "../../server/browser/api";
import { deviceToken, forgetDeviceToken } from "../../server/browser/device";
import { problemText } from "../../server/browser/components/problemText";
import { waitText } from "../../server/browser/components/Wait";
import { Feed } from "../../server/browser/feed";
import { stopwatch, waitInMinutes, Words } from "../../server/browser/texts";
import { common, errors } from "../../server/texts/en.json";
import { common as commonId, errors as errorsId } from "../../server/texts/id.json";

const catalogue = { en: { common, errors }, id: { common: commonId, errors: errorsId } };
const words = (language: string, timeZone?: string) => new Words(catalogue, language, timeZone);

/** The outcome of a request as plain data: the answer, or the problem. */
async function outcome(request: Promise<unknown>) {
  try {
    return { answer: await request };
  } catch (error) {
    if (!(error instanceof Problem)) return { stopped: (error as Error).name };
    const { code, title, detail, status, ticket } = error;
    return { problem: { code, title, detail, status, ticket } };
  }
}

const giliran = { Api, press, outcome, deviceToken, forgetDeviceToken, Feed, Words, words, stopwatch, waitInMinutes, waitText, problemText };

declare global {
  interface Window {
    giliran: typeof giliran;
  }
}
window.giliran = giliran;
