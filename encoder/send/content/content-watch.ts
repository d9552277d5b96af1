import type { ChannelBundle } from '../channel/channel.js';

/** Decides when bundles are to be prepared. */
export interface ContentWatch {
  /**
   * True when a bundle is to be prepared now: it never was, its settings have changed, or its content has changed and
   * settled, or what failed may be tried again.
   *
   * @param content names the present state of the content
   * @param now milliseconds of a clock that nobody sets
   */
  isDue(bundle: ChannelBundle, content: string, now: number, settle: number): boolean;
  /** The bundle was prepared from this content, or cannot be until it changes or the time is `retryAt`. */
  done(bundle: ChannelBundle, content: string, outcome: 'prepared' | 'failed', retryAt?: number): void;
  /** The content changes right now, or is not there: it has to settle. */
  unsettled(bundle: ChannelBundle, now: number): void;
  /** True when the bundle was last prepared with the same settings. */
  hasSameSettings(bundle: ChannelBundle): boolean;
  forget(name: string): void;
  /** What has failed is tried again. */
  retry(): void;
}

interface Watched {
  /** The content that was last tried; undefined: none. */
  tried: string | undefined;
  settings: string | undefined;
  outcome: 'prepared' | 'failed';
  /** When the same content is tried again. */
  retryAt: number;
  /** The content at the last look, and since when it is so. */
  seen: string | undefined;
  since: number;
}

export function createContentWatch(): ContentWatch {
  const all = new Map<string, Watched>();
  return {
    isDue(bundle, content, now, settle) {
      const watched = all.get(bundle.name);
      if (watched === undefined) return true;
      if (watched.seen !== content) {
        watched.seen = content;
        watched.since = now;
      }
      if (watched.tried === content) return watched.settings !== settingsOf(bundle) || now >= watched.retryAt;
      return now - watched.since >= settle;
    },
    done(bundle, content, outcome, retryAt = Number.POSITIVE_INFINITY) {
      const settings = settingsOf(bundle);
      all.set(bundle.name, { tried: content, settings, outcome, retryAt, seen: content, since: 0 });
    },
    unsettled({ name }, now) {
      const { settings, outcome = 'failed' } = all.get(name) ?? {};
      const retryAt = Number.POSITIVE_INFINITY;
      all.set(name, { tried: undefined, settings, outcome, retryAt, seen: undefined, since: now });
    },
    hasSameSettings: (bundle) => all.get(bundle.name)?.settings === settingsOf(bundle),
    forget: (name) => void all.delete(name),
    retry() {
      for (const [name, { outcome }] of all) if (outcome === 'failed') all.delete(name);
    },
  };
}

/** What the coding of an edition follows from besides the content. */
function settingsOf({ repair }: ChannelBundle): string {
  return JSON.stringify(repair);
}
