import { LANGUAGES, type Language } from '../../../codecs/page/index.js';
import { type Look, TEXT_SIZES } from './state.js';

/** How a person has set up the page. That it is kept says that keeping was asked for. */
export interface Preferences {
  readonly language: Language;
  readonly look: Look;
}

/** Undefined: none, or the browser keeps nothing. */
export function readPreferences(name: string): Preferences | undefined {
  try {
    const { language, look } = JSON.parse(localStorage.getItem(name) ?? 'null') ?? {};
    const textSize = TEXT_SIZES.find((each) => each === look?.textSize) ?? 100;
    if (!LANGUAGES.includes(language)) return undefined;
    return { language, look: { textSize, isDark: look?.isDark === true } };
  } catch {
    return undefined;
  }
}

/** @param preferences undefined: they are deleted */
export function savePreferences(name: string, preferences: Preferences | undefined): void {
  try {
    if (preferences === undefined) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(preferences));
  } catch {
    // what the browser does not keep is asked for again
  }
}
