/** Messages across the page. */
import type { ComponentChildren } from "preact";

import type { Liveness } from "../feed";
import { proxyTrouble } from "../proxy";
import { Icon, type IconName } from "./Icon";
import { useCommonWords } from "./Speaking";

interface BannerProps {
  tone?: "plain" | "warning" | "danger";
  icon?: IconName;
  children: ComponentChildren;
}

/** A message that screen readers tell when it appears: at once if it is of danger, else when they pause. */
export function Banner({ tone = "plain", icon = tone === "plain" ? "check" : "warning", children }: BannerProps) {
  return (
    <div class={`banner banner--${tone}`} role={tone === "danger" ? "alert" : "status"}>
      <Icon name={icon} />
      {children}
    </div>
  );
}

/** Says since when the page is not live, and what to do meanwhile; nothing while it is. */
export function NotLive({ liveness, hint }: { liveness: Liveness; hint?: string | undefined }) {
  const words = useCommonWords();
  if (liveness.live || !liveness.since) return null;
  return (
    <Banner tone="danger" icon="offline">
      <span>
        {words.text("common.not_live", { time: words.time(liveness.since) })}
        {hint && <> {hint}</>}
      </span>
    </Banner>
  );
}

/** For staff: which header the proxy in front does not pass on, where the server refuses this page for it. */
export function ProxyBanner() {
  const words = useCommonWords();
  const trouble = proxyTrouble();
  if (!trouble) return null;
  return (
    <Banner tone="danger" icon="offline">
      <span>{words.text(`common.proxy_${trouble}`)}</span>
    </Banner>
  );
}
