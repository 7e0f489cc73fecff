/** The shared browser code, laid open for the tests: bundled into one script that sets `window.giliran`. */
import { Api, press, Problem } from "../../server/pages/shared/api";
import { deviceToken, forgetDeviceToken } from "../../server/pages/shared/device";
import { problemText } from "../../server/pages/shared/components/problemText";
import { waitText } from "../../server/pages/shared/components/Wait";
import { Feed } from "../../server/pages/shared/feed";
import { stopwatch, waitInMinutes, Words } from "../../server/pages/shared/texts";
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
