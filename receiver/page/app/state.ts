import type { Language } from '../../../codecs/page/index.js';
import type { EngineState, FileEntry, Found } from '../worker/protocol.js';

/** What is shown: one screen at a time. */
export type Screen =
  | { readonly name: 'welcome' | 'home' | 'help' | 'pass-on' | 'deleted' }
  | { readonly name: 'contents'; readonly bundle: string }
  | {
      readonly name: 'reading';
      readonly bundle: string;
      readonly path: string;
      /** Where in the document; may be empty. */
      readonly fragment: string;
    }
  | { readonly name: 'search' };

/** How things look. */
export interface Look {
  /** Percent of the usual size. */
  readonly textSize: number;
  readonly isDark: boolean;
}

export interface Search {
  readonly text: string;
  /** Undefined: it is being looked for. */
  readonly found: readonly Found[] | undefined;
}

/** A page that is made to be passed on: undefined while it is made. */
export interface Saving {
  readonly bytes: number | undefined;
}

/** All that the page shows. */
export interface AppState {
  readonly title: string;
  readonly language: Language;
  readonly look: Look;
  /** The last is shown; "Back" goes to the one before. */
  readonly screens: readonly Screen[];
  readonly engine: EngineState | undefined;
  /** Keeping was asked for. */
  readonly wantsKeeping: boolean;
  /** Files of the bundle that is looked at. */
  readonly files: { readonly bundle: string; readonly entries: readonly FileEntry[] } | undefined;
  readonly search: Search | undefined;
  readonly saving: Saving | undefined;
  readonly isAskedToDelete: boolean;
  /** Fingerprints of the publishers that the page knows. */
  readonly publishers: readonly string[];
}

export const TEXT_SIZES = [85, 100, 120, 145, 175, 210] as const;

export function screenOf({ screens }: AppState): Screen {
  return screens.at(-1)!;
}

/** The next size, larger or smaller; the same at the end. */
export function nextSize(size: number, by: 1 | -1): number {
  const at = TEXT_SIZES.findIndex((each) => each >= size);
  return TEXT_SIZES[Math.min(TEXT_SIZES.length - 1, Math.max(0, at + by))]!;
}
