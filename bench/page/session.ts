import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processorTime } from '../../fixtures/browsers/processor-share.js';
import { type BrowserName, type BrowserOptions, type Page, startBrowser } from '../../fixtures/browsers.js';
import { openPage } from '../../fixtures/page/page.js';
import { type ShareMeans, throttle } from './processor-group.js';
import { watchMemory } from './renderer-memory.js';

/** Milliseconds after which the page is taken to hang. */
const TIME_LIMIT = 1_200_000;

/** What one reading of recordings took. */
export interface Reading {
  /** From picking them until the page says what came of it. */
  readonly seconds: number;
  /** Processor time of the whole browser in these seconds. */
  readonly processorSeconds: number;
  /** The longest time in which the page answered nothing, milliseconds. */
  readonly standstill: number;
  /** Bytes that the process with the page had at most above those of the page before. */
  readonly memory: number;
  readonly isComplete: boolean;
  /** From when the page was asked for until something of it was painted, milliseconds; before the share is held. */
  readonly firstPaint: number;
}

export interface SessionOptions extends Pick<BrowserOptions, 'profile' | 'without'> {
  readonly browser: BrowserName;
  readonly page: string;
  /** Recordings to pick. */
  readonly recordings: readonly string[];
  /** They were picked once before, in the same page. */
  readonly isRepeated: boolean;
  /** Of one core; undefined: no limit. */
  readonly share: number | undefined;
  /** Content that is to be in the page at the end; undefined: it need not be complete. */
  readonly content: string | undefined;
  /** Ends the browser by SIGKILL. */
  readonly isKilled: boolean;
}

/** Opens the page in a browser, has it read recordings, and compares what it keeps with the content. */
export async function readInBrowser(
  options: SessionOptions,
): Promise<{ reading: Reading; means: ShareMeans | undefined }> {
  const browser = await startBrowser(options.browser, options);
  let isClosed = false;
  try {
    const open = await openPage(browser, options.page);
    open.page.setDefaultTimeout(TIME_LIMIT);
    await open.page.waitForSelector('.choice, input[type=file]:not(:disabled)');
    if ((await open.page.$('.choice')) !== null) await open.begin('keep');
    await open.ready();
    const firstPaint = await timeOfFirstPaint(open.page);
    if (options.isRepeated) await open.add(...options.recordings);
    const held = options.share === undefined ? undefined : throttle(browser, options.share);
    await watchStandstill(open.page);
    const memory = watchMemory(browser.processGroup);
    const processor = processorTime(browser.processGroup);
    const begin = performance.now();
    await open.add(...options.recordings);
    const seconds = (performance.now() - begin) / 1000;
    const processorSeconds = (processorTime(browser.processGroup) - processor) / 1000;
    const standstill = await longestStandstill(open.page);
    const most = memory.end();
    held?.end();
    if (open.errors.length > 0) throw new Error(`The page has failed: ${open.errors.join('; ')}`);
    const isComplete = (await open.text()).includes('All of it is here.');
    if (options.content !== undefined) await compare(open.page, options.content);
    if (options.isKilled) {
      isClosed = true;
      await browser.kill();
    }
    return {
      reading: { seconds, processorSeconds, standstill, memory: most, isComplete, firstPaint },
      means: held?.means,
    };
  } finally {
    if (!isClosed) await browser.close();
  }
}

function timeOfFirstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
  );
}

/** Milliseconds between two ticks of a page that does nothing. */
const TICK = 10;

async function watchStandstill(page: Page): Promise<void> {
  await page.evaluate((tick) => {
    const watch = { longest: 0, last: performance.now() };
    Object.assign(globalThis, { watch });
    setInterval(() => {
      const now = performance.now();
      watch.longest = Math.max(watch.longest, now - watch.last - tick);
      watch.last = now;
    }, tick);
  }, TICK);
}

function longestStandstill(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { watch: { longest: number } }).watch.longest);
}

/**
 * Compares what lies in the database of the page, which is parts as they were sent, with their digests, and the files in them with
 * those that were sent.
 *
 * @throws Error at the first that differs
 */
async function compare(page: Page, directory: string): Promise<void> {
  const parts = await page.evaluate(keptParts);
  const sizes = new Map(parts.flatMap(({ files }) => files.map(({ path, size }) => [path, size])));
  for (const { part, digest } of parts) {
    if (part !== digest) throw new Error(`The part ${part} differs in the page from what was sent.`);
  }
  for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const file = statSync(join(directory, path));
    if (!file.isFile() || sizes.get(path.normalize('NFC')) === file.size) continue;
    throw new Error(`${path} is missing in the page, or differs from what was sent.`);
  }
}

interface KeptPart {
  readonly part: string;
  readonly digest: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** In the page: what receiver/page/keep keeps, and the SHA-256 of each part. */
async function keptParts(): Promise<KeptPart[]> {
  const resultOf = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const parts: KeptPart[] = [];
  for (const { name } of await indexedDB.databases()) {
    if (!name?.endsWith(' content')) continue;
    const database = await resultOf(indexedDB.open(name));
    const table = (of: string) => database.transaction(of).objectStore(of);
    for (const { part, number, files } of await resultOf(table('parts').getAll())) {
      const range = IDBKeyRange.bound([number], [number, []]);
      const sent = new Blob(await resultOf(table('pieces').getAll(range)));
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await sent.arrayBuffer()));
      const text = [...digest].map((octet) => octet.toString(16).padStart(2, '0')).join('');
      parts.push({ part, digest: text, files });
    }
    database.close();
  }
  return parts;
}
