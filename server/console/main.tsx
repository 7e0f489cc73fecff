/** The staff's pages: the counter, the supervisor's page and the set-up of a new server. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { readBoot } from "../browser/boot";
import { useLanguage } from "../browser/components/Speaking";
import { remember, remembered } from "./remembered";
import { SetupPage } from "./setup/SetupPage";
import { StaffPage } from "./StaffPage";
import { Speaking } from "./words";

const boot = readBoot();

function Pages() {
  const [timeZone, setTimeZone] = useState<string>();
  const chosen = remembered("language");
  const language = chosen && boot.languages.includes(chosen) ? chosen : boot.language;
  return (
    <Speaking language={language} languages={boot.languages} timeZone={timeZone}>
      <RememberLanguage first={language} />
      {boot.page === "setup" ? <SetupPage /> : <StaffPage boot={boot} onTimeZone={setTimeZone} />}
    </Speaking>
  );
}

/** Staff who chose a language find it again at the next visit. */
function RememberLanguage({ first }: { first: string }) {
  const { language } = useLanguage();
  useEffect(() => {
    if (language !== first) remember("language", language);
  }, [language]);
  return null;
}

render(<Pages />, document.getElementById("app")!);
