/**
 * Words for people, in their language: texts of the catalogue, numbers, times and durations.
 *
 * The catalogue is one JSON file a language, `{section: {key: "text with {placeholders}"}}`. A page imports the
 * sections it shows, so that only those are bundled. A key that a language lacks is a type error.
 */
import type { Localised } from "./contract";

export type Section = Readonly<Record<string, string>>;
export type Sections = Readonly<Record<string, Section>>;

/** The sections of a page in every language that it can speak. */
export type Catalogue<S extends Sections> = Readonly<Record<string, S>>;

type Base<K extends string> = K extends `${infer B}_one` ? B : K extends `${infer B}_other` ? B : K;

/** `section.key`, where `waiting_one` and `waiting_other` are both asked for as `waiting`. */
export type TextKey<S extends Sections> = {
  [N in keyof S & string]: `${N}.${Base<keyof S[N] & string>}`;
}[keyof S & string];

export type Values = Readonly<Record<string, string | number>>;

/** Which conventions for numbers and dates go with a language (English as the world outside the USA writes it). */
const LOCALES: Readonly<Record<string, string>> = { en: "en-GB", id: "id-ID" };

/** What each language is called by those who speak it. */
const OWN_NAMES: Readonly<Record<string, string>> = { en: "English", id: "Bahasa Indonesia" };

/** The name of a language in that language itself; its code where we do not know it. */
export function languageName(language: string): string {
  return OWN_NAMES[language] ?? language.toUpperCase();
}

/** Speaks one language. `S`: the sections the page bundles. */
export class Words<S extends Sections> {
  readonly locale: string;
  private readonly sections: S;
  private readonly plurals: Intl.PluralRules;
  /** Made when first wanted, and kept: a TV box takes milliseconds for each, and a clock asks every second. */
  private readonly numbers: Record<string, Intl.NumberFormat> = {};
  private readonly times: Record<string, Intl.DateTimeFormat> = {};

  /** A language that the catalogue lacks is spoken with the catalogue's first one. */
  constructor(
    catalogue: Catalogue<S>,
    readonly language: string,
    /** The branch's zone, in which times are told; absent: the browser's. */
    readonly timeZone?: string,
  ) {
    const spoken = language in catalogue ? language : Object.keys(catalogue)[0]!;
    this.sections = catalogue[spoken]!;
    this.locale = LOCALES[spoken] ?? spoken;
    this.plurals = new Intl.PluralRules(this.locale);
  }

  /**
   * The text of a key with its placeholders filled; numbers in them are written as the language does.
   * The value `n` chooses between `key_one` and `key_other`. A missing text throws: it is a fault of the build.
   */
  text(key: TextKey<S>, values: Values = {}): string {
    const [section, name] = (key as string).split(".") as [string, string];
    const texts = this.sections[section];
    const n = values["n"];
    const chosen = typeof n === "number" ? `${name}_${this.plurals.select(n)}` : name;
    const text = texts?.[chosen] ?? texts?.[`${name}_other`] ?? texts?.[name];
    if (text === undefined) throw new Error(`no text for ${key} in ${this.language}`);
    return text.replace(/\{(\w+)\}/g, (hole, slot: string) => {
      const value = values[slot];
      if (value === undefined) return hole;
      return typeof value === "number" ? this.number(value) : value;
    });
  }

  /** Whether a section has a text under exactly this name. */
  has<N extends keyof S & string>(section: N, name: string): name is keyof S[N] & string {
    return Object.prototype.hasOwnProperty.call(this.sections[section], name);
  }

  /** The branch's own text in this language, else in the first language it has. */
  name(text: Localised): string {
    return text[this.language] ?? Object.values(text)[0] ?? "";
  }

  number(value: number, digits = 0): string {
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return (this.numbers[digits] ??= new Intl.NumberFormat(this.locale, options)).format(value);
  }

  percent(share: number): string {
    const options = { style: "percent", maximumFractionDigits: 0 } as const;
    return (this.numbers["percent"] ??= new Intl.NumberFormat(this.locale, options)).format(share);
  }

  /** Hours and minutes in the branch's zone, by 24 hours: 08.12 in Indonesian, 08:12 in English. */
  time(at: Date | string): string {
    return this.format(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  /** For example Saturday 21 November 2026. */
  date(at: Date | string): string {
    return this.format(at, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  }

  /** For example Saturday. */
  weekday(at: Date | string): string {
    return this.format(at, { weekday: "long" });
  }

  /** For example Saturday 21 November: a day that is not far away. */
  day(at: Date | string): string {
    return this.format(at, { weekday: "long", day: "numeric", month: "long" });
  }

  /** For example Sat 21 Nov. */
  shortDate(at: Date | string): string {
    return this.format(at, { weekday: "short", day: "numeric", month: "short" });
  }

  private format(at: Date | string, options: Intl.DateTimeFormatOptions): string {
    const zone = this.timeZone ? { timeZone: this.timeZone } : {};
    const format = (this.times[JSON.stringify(options)] ??= new Intl.DateTimeFormat(this.locale, {
      ...options,
      ...zone,
    }));
    return format.format(typeof at === "string" ? new Date(at) : at);
  }
}

/** A growing time as a clock face reads: 4:05, or 1:02:05 from an hour on. Takes seconds. */
export function stopwatch(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/**
 * The wait in whole minutes that may honestly be said: the low end rounded down and the high end up, to steps
 * that grow with the wait, so that the words never promise more than the estimate does. Takes seconds.
 */
export function waitInMinutes(low: number, high: number): { low: number; high: number } {
  const step = high <= 15 * 60 ? 1 : high <= 60 * 60 ? 5 : 10;
  return { low: Math.floor(low / 60 / step) * step, high: Math.max(1, Math.ceil(high / 60 / step)) * step };
}
