/** The small pictures of the map, drawn in the page's own colours so that they follow its theme. */
import type { ComponentChildren } from "preact";

const PICTURES = {
  kiosk: (
    <>
      <path class="ink" d="M44 92h32l6 14H38z" />
      <rect class="ink" x="52" y="66" width="16" height="28" />
      <rect class="ink" x="26" y="8" width="68" height="62" rx="7" />
      <rect class="paper" x="31" y="13" width="58" height="52" rx="3" />
      <rect class="leaf" x="36" y="19" width="48" height="11" rx="3" />
      <rect class="leaf" x="36" y="33.5" width="48" height="11" rx="3" />
      <rect class="soft" x="36" y="48" width="48" height="11" rx="3" />
      <path class="hand" d="M76 76V44a4 4 0 0 1 8 0v18l14 4c4 1 5 4 4 8l-3 14H80L68 74c3-4 6-1 8 2z" />
    </>
  ),
  printer: (
    <>
      <rect class="ink" x="22" y="12" width="76" height="32" rx="7" />
      <circle class="call" cx="86" cy="22" r="3.5" />
      <rect class="slot" x="32" y="32" width="56" height="5" rx="2.5" />
      <path class="paper edge" d="M36 35h48v68l-6-5-6 5-6-5-6 5-6-5-6 5-6-5-6 5z" />
      <text class="figure" x="60" y="63" text-anchor="middle">
        A012
      </text>
      <path class="ink" d="M52 70h5v5h-5zM63 70h5v5h-5zM57.5 75.500h5v5h-5zM52 81h5v5h-5zM63 81h5v5h-5z" />
    </>
  ),
  console: (
    <>
      <circle class="leaf" cx="60" cy="27" r="13" />
      <path class="leaf" d="M32 72c1-19 12-28 28-28s27 9 28 28z" />
      <rect class="ink" x="12" y="68" width="96" height="9" rx="3" />
      <path class="ink" d="M18 77h84v29H18z" />
      <circle class="call" cx="60" cy="91.5" r="11" />
      <text class="figure figure--call" x="60" y="97.5" text-anchor="middle">
        2
      </text>
    </>
  ),
  display: (
    <>
      <rect class="ink" x="6" y="14" width="108" height="70" rx="6" />
      <rect class="call" x="12" y="20" width="66" height="58" rx="2" />
      <text class="figure figure--call figure--large" x="45" y="50" text-anchor="middle">
        A012
      </text>
      <path class="arrow" d="M32 64h24M48 57l8 7-8 7" />
      <rect class="paper" x="82" y="20" width="26" height="17" rx="2" />
      <rect class="paper" x="82" y="40.5" width="26" height="17" rx="2" />
      <rect class="paper" x="82" y="61" width="26" height="17" rx="2" />
      <path class="ink" d="M54 84h12v12H54zM38 96h44v6H38z" />
    </>
  ),
  supervisor: (
    <>
      <rect class="paper edge" x="10" y="12" width="100" height="92" rx="7" />
      <rect class="leaf" x="24" y="62" width="13" height="30" />
      <rect class="leaf" x="44" y="44" width="13" height="48" />
      <rect class="leaf" x="64" y="54" width="13" height="38" />
      <rect class="call" x="84" y="34" width="13" height="58" />
      <path class="target" d="M18 40h84" />
    </>
  ),
  docs: (
    <>
      <path class="paper edge" d="M60 24c-12-9-28-11-46-10v78c18-1 34 1 46 10 12-9 28-11 46-10V14c-18-1-34 1-46 10z" />
      <path
        class="target"
        d="M60 24v78M24 32c10 0 18 1 26 5M24 48c10 0 18 1 26 5M24 64c10 0 18 1 26 5M96 32c-10 0-18 1-26 5M96 48c-10 0-18 1-26 5"
      />
    </>
  ),
} satisfies Record<string, ComponentChildren>;

export type PictureName = keyof typeof PICTURES;

export function Picture({ name }: { name: PictureName }) {
  return (
    <svg class="picture" viewBox="0 0 120 112" aria-hidden="true" focusable="false">
      {PICTURES[name]}
    </svg>
  );
}
