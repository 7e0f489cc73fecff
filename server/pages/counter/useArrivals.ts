/** A sound, where it is wanted, when somebody comes to the empty line of this counter. */
import { useEffect, useRef, useState } from "preact/hooks";

import { Chime, type Wish } from "../shared/chime";
import type { Counter } from "../shared/contract";
import { remember, remembered } from "../staff/remembered";

export interface Arrivals {
  /** Whether this browser can sound at all. */
  possible: boolean;
  wanted: boolean;
  /** To be called from a touch or key: turns the sound on, and lets it be heard once, or off. */
  turn: (on: boolean) => void;
}

/** A setting of this browser, off at first. */
const WISH: Wish = { wanted: () => remembered("sound") === "on", keep: (on) => remember("sound", on ? "on" : "off") };

export function useArrivals({ state, next }: Counter): Arrivals {
  const [wanted, setWanted] = useState(WISH.wanted);
  const [chime] = useState(() => new Chime(WISH, () => undefined));
  const empty = next === null;
  const before = useRef(empty);

  useEffect(() => {
    const touched = () => chime.touched();
    for (const type of ["click", "keydown"]) document.addEventListener(type, touched);
    return () => {
      for (const type of ["click", "keydown"]) document.removeEventListener(type, touched);
    };
  }, [chime]);

  useEffect(() => {
    if (before.current && !empty && state === "open") chime.play();
    before.current = empty;
  }, [empty]);

  const turn = (on: boolean) => {
    setWanted(on);
    chime.turn(on);
  };
  return { possible: chime.possible, wanted, turn };
}
