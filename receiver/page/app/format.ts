import type { Language } from '../../../codecs/page/index.js';

/** Numbers, dates and sizes as they are written in a language. */
export interface Format {
  number(value: number): string;
  /** A day, of Unix seconds. */
  date(seconds: number): string;
  /** A day and the time on it, which tells two editions of one day apart. */
  moment(seconds: number): string;
  bytes(value: number): string;
  duration(seconds: number): string;
}

/** Persian has digits and a calendar of its own; the others have the digits that everybody knows. */
const LOCALES: Readonly<Record<Language, string>> = { ko: 'ko-KP', en: 'en-GB', zh: 'zh-Hans', fa: 'fa-IR' };

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function createFormat(language: Language): Format {
  const locale = LOCALES[language];
  const number = once(() => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
  const date = once(() => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' }));
  const moment = once(
    () =>
      new Intl.DateTimeFormat(locale, {
        ...({ year: 'numeric', month: 'long', day: 'numeric' } as const),
        ...({ hour: 'numeric', minute: '2-digit', timeZone: 'UTC', timeZoneName: 'short' } as const),
      }),
  );
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'long',
      maximumFractionDigits: 0,
    }).format(value);
  const size = (value: number, name: string) =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      // with Latin letters it is read in two directions
      unitDisplay: language === 'fa' ? 'long' : 'short',
      maximumFractionDigits: value < 10 ? 1 : 0,
    }).format(value);
  return {
    number: (value) => number().format(value),
    date: (seconds) => date().format(new Date(seconds * 1000)),
    moment: (seconds) => moment().format(new Date(seconds * 1000)),
    bytes(value) {
      if (value < 1e6) return size(Math.max(value > 0 ? 1 : 0, Math.round(value / 1e3)), 'kilobyte');
      return value < 1e9 ? size(value / 1e6, 'megabyte') : size(value / 1e9, 'gigabyte');
    },
    duration(seconds) {
      if (seconds < 90 * MINUTE) return unit(Math.max(1, Math.round(seconds / MINUTE)), 'minute');
      return seconds < 2 * DAY
        ? unit(Math.round(seconds / HOUR), 'hour')
        : unit(Math.round(seconds / DAY), 'day');
    },
  };
}

/** Milliseconds: after the first paint, and before a recording is read, when it would be a standstill. */
const SOON = 300;

/** Made a little later, or when it is asked for: one takes a browser longer than all of the first screen. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  const get = () => (made ??= make());
  setTimeout(get, SOON);
  return get;
}
