import type { BrowserName, BrowserOptions } from '../../fixtures/browsers.js';
import type { Material, RecordingSpec } from './material.js';
import type { ShareMeans } from './processor-group.js';
import { type Reading, readInBrowser } from './session.js';

/** What a figure may be at most. */
export interface Bars {
  readonly seconds?: number;
  /** Milliseconds. */
  readonly standstill?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Times the seconds of the case that this one is compared with. */
  readonly ratio?: number;
  /** Milliseconds. */
  readonly firstPaint?: number;
}

/** Something that a person does, and that is measured. */
export interface PageCase {
  readonly name: string;
  readonly title: string;
  readonly recording: RecordingSpec;
  /** Of one core. */
  readonly share?: number;
  readonly without?: BrowserOptions['without'];
  /** So much of the recording was read before, by a browser that was killed. */
  readonly before?: number;
  /** Read in the same page once before. */
  readonly isRepeated?: boolean;
  /** Left out unless it is asked for: it takes many minutes. */
  readonly isLong?: true;
  readonly bars: Bars;
}

const MB = 1e6;
const SITE: RecordingSpec = { content: 'site', bytes: 100 * MB, forged: 0 };
const FILM: RecordingSpec = { content: 'film', bytes: 100 * MB, forged: 0 };
const SMALL: RecordingSpec = { content: 'site', bytes: 10 * MB, forged: 0 };
const QUARTER = 0.25;
const ROOM = { standstill: 100, memory: 250 * MB, firstPaint: 500 };

/** A case with `ratio` is compared with the last before it that has none. */
export const CASES: readonly PageCase[] = [
  { name: 'site', title: '100 MB', recording: SITE, bars: { seconds: 3, ...ROOM } },
  {
    name: 'site-again',
    title: '100 MB, 60 % read, browser killed',
    recording: SITE,
    before: 0.6,
    bars: { ratio: 1, ...ROOM },
  },
  {
    name: 'site-repeated',
    title: '100 MB, all of it read before',
    recording: SITE,
    isRepeated: true,
    bars: { ratio: 1, ...ROOM },
  },
  {
    name: 'site-looped',
    title: '100 MB that a recording holds twice',
    recording: { ...SITE, times: 2 },
    bars: { ratio: 2, ...ROOM },
  },
  {
    name: 'site-quarter',
    title: '100 MB at a quarter of a core',
    recording: SITE,
    share: QUARTER,
    bars: { seconds: 30, ...ROOM },
  },
  { name: 'film', title: '100 MB in one film', recording: FILM, bars: ROOM },
  {
    name: 'film-again',
    title: '100 MB in one film, 60 % read, browser killed',
    recording: FILM,
    before: 0.6,
    bars: { ratio: 1, ...ROOM },
  },
  {
    name: 'no-ed25519',
    title: '10 MB at a quarter of a core, no Ed25519 in WebCrypto',
    recording: SMALL,
    share: QUARTER,
    without: ['ed25519'],
    bars: { seconds: 12, ...ROOM },
  },
  {
    name: 'no-ed25519-forged',
    title: 'the same with 2 % forgeries',
    recording: { ...SMALL, forged: 0.02 },
    share: QUARTER,
    without: ['ed25519'],
    bars: ROOM,
  },
  {
    name: 'large',
    title: '1 GB with films',
    recording: { ...SITE, bytes: 1000 * MB },
    isLong: true,
    bars: ROOM,
  },
];

export interface Figures {
  readonly name: string;
  readonly title: string;
  readonly browser: BrowserName;
  readonly share: number | undefined;
  readonly means: ShareMeans | undefined;
  readonly reading: Reading;
  /** Seconds to those of the case that it is compared with. */
  readonly ratio: number | undefined;
  readonly bars: Bars;
}

/** @throws Error when the page does not have all of the content at the end, as it was sent */
export async function measureCase(
  { name, title, recording: spec, share, without = [], before, isRepeated = false, bars }: PageCase,
  {
    material,
    browser,
    previous,
  }: { material: Material; browser: BrowserName; previous: Figures | undefined },
): Promise<Figures> {
  const recording = material.recording(spec);
  const common = { browser, page: material.page, profile: material.profile(), without, share };
  if (before !== undefined) {
    const recordings = [material.cut(recording, before)];
    await readInBrowser({ ...common, recordings, content: undefined, isKilled: true, isRepeated: false });
  }
  const content = recording.directory;
  const whole = { ...common, recordings: [recording.path], content, isKilled: false, isRepeated };
  const { reading, means } = await readInBrowser(whole);
  if (!reading.isComplete) throw new Error(`${title}: the page does not say that all is there.`);
  const ratio =
    bars.ratio === undefined || previous === undefined
      ? undefined
      : reading.seconds / previous.reading.seconds;
  return { name, title, browser, share, means, reading, ratio, bars };
}
