import type { Language } from '../../../codecs/page/index.js';
import { en, type Words } from './en.js';
import { fa } from './fa.js';
import { ko } from './ko.js';
import { zh } from './zh.js';

export type { Words } from './en.js';

export const WORDS: Readonly<Record<Language, Words>> = { ko, en, zh, fa };

/** Each language in its own words. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  ko: '조선말',
  en: 'English',
  zh: '中文',
  fa: 'فارسی',
};

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'fa' ? 'rtl' : 'ltr';
}
