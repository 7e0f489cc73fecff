/** What the staff's pages begin with: their language, and the page itself. Each page has a bundle of its own. */
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

import { type Boot, readBoot } from "../shared/boot";
import { ProxyBanner } from "../shared/components/Banner";
import { type speaking, useLanguage } from "../shared/components/Speaking";
import { mount } from "../shared/mount";
import { remember, remembered } from "./remembered";

/** What every page is given: how it was opened, and whom to tell the branch's zone. */
export interface PageProps {
  boot: Boot;
  onTimeZone: (zone: string) => void;
}

/** Show the page that this document is, with its own `Speaking` provider. */
export function begin(Page: ComponentType<PageProps>, Speaking: ReturnType<typeof speaking>["Speaking"]): void {
  const boot = readBoot();
  const chosen = remembered("language");
  const language = chosen && boot.languages.includes(chosen) ? chosen : boot.language;

  function Document() {
    const [timeZone, setTimeZone] = useState<string>();
    return (
      <Speaking language={language} languages={boot.languages} timeZone={timeZone}>
        <RememberLanguage first={language} />
        <ProxyBanner />
        <Page boot={boot} onTimeZone={setTimeZone} />
      </Speaking>
    );
  }
  mount(<Document />);
}

/** Staff who chose a language find it again at the next visit. */
function RememberLanguage({ first }: { first: string }) {
  const { language } = useLanguage();
  useEffect(() => {
    if (language !== first) remember("language", language);
  }, [language]);
  return null;
}
