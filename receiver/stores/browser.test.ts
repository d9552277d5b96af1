import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePage, killBrowser, openBrowser, serveSite } from '../../fixtures/browser.js';
import { requireTool } from '../../fixtures/tools.js';
import { TABLE_GROUP } from '../engine/ports/store.js';
import type { Kept, Written } from '../testing-page.js';

/** In the page. */
declare const tab: typeof import('../testing-page.js').tab;

let profile = '';
let site: Awaited<ReturnType<typeof serveSite>>;
let browser: BrowserContext;
let page: Page;
async function openPage(): Promise<void> {
  browser = await openBrowser(profile);
  page = browser.pages()[0]!;
  await page.goto(site.url);
}

const datagram = fc.record({
  object: fc.constantFrom('a', 'b', '["ü",7]'),
  value: fc.nat(255),
  group: fc.oneof(fc.nat(300), fc.constant(TABLE_GROUP)),
  flow: fc.constantFrom(null, null, '239.1.2.3:4000', '[ff3e::1]:4000'),
  length: fc.oneof(fc.nat(3000), fc.nat(65_507)),
});

let stores = 0;
const open = (name: string, maxBytes: number) =>
  page.evaluate(([name, maxBytes]) => tab.openStore(name, maxBytes), [name, maxBytes] as const);
const close = (name: string) => page.evaluate((name) => tab.closeStore(name), name);
const sync = (name: string) => page.evaluate((name) => tab.sync(name), name);
const restore = (name: string) => page.evaluate((name) => tab.restore(name), name);
const usage = (name: string) => page.evaluate((name) => tab.usage(name), name);
const drop = (name: string, object: string) =>
  page.evaluate(([name, object]) => tab.drop(name, object), [name, object] as const);
const append = (name: string, datagrams: readonly Written[]) =>
  page.evaluate(([name, datagrams]) => tab.append(name, datagrams), [name, datagrams] as const);
const sorted = (kept: readonly Kept[]) =>
  [...kept].sort((a, b) =>
    a.object === b.object ? a.reference - b.reference : a.object < b.object ? -1 : 1,
  );

async function readBack(name: string, kept: readonly Kept[]): Promise<void> {
  for (const object of new Set(kept.map((each) => each.object))) {
    const own = kept.filter((each) => each.object === object).reverse();
    const wanted = [name, object, own.map(({ reference }) => reference)] as const;
    const read = await page.evaluate((wanted) => tab.read(...wanted), wanted);
    expect(read).toEqual(own.map(({ sha256 }) => sha256));
  }
}

const thousands = (object: string, count: number): Written[] =>
  Array.from({ length: count }, (_, i) => ({
    object,
    group: i % 3,
    flow: null,
    length: 1000,
    value: i % 256,
  }));

describe.skipIf(!requireTool('chromium'))('a store in the IndexedDB of a browser', () => {
  beforeAll(async () => {
    profile = mkdtempSync(join(tmpdir(), 'datacast-browser-'));
    site = await serveSite(await bundlePage(fileURLToPath(new URL('../testing-page.ts', import.meta.url))));
    await openPage();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });

  it('gives back what was appended, in this run and the next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(datagram, { minLength: 1, maxLength: 100 }), async (datagrams) => {
        const name = `s${stores++}`;
        await open(name, 2 ** 40);
        const kept = await append(name, datagrams);
        expect(kept.length).toBe(datagrams.length);
        await readBack(name, kept);
        const used = {
          bytes: datagrams.reduce((sum, { length }) => sum + length, 0),
          objects: new Set(datagrams.map(({ object }) => object)).size,
        };
        expect(await usage(name)).toEqual(used);
        await close(name);

        await open(name, 2 ** 40);
        expect(sorted(await restore(name))).toEqual(sorted(kept));
        expect(await usage(name)).toEqual(used);
        await readBack(name, kept);
        await drop(name, kept[0]!.object);
        await close(name);

        await open(name, 2 ** 40);
        const left = kept.filter(({ object }) => object !== kept[0]!.object);
        expect(sorted(await restore(name))).toEqual(sorted(left));
        await close(name);
      }),
      { numRuns: 10 },
    );
  });

  it('takes no more than its limit', async () => {
    const name = `s${stores++}`;
    await open(name, 100_000);
    expect((await append(name, thousands('a', 60))).length).toBe(60);
    expect((await append(name, thousands('b', 60))).length).toBe(40);
    await drop(name, 'a');
    expect((await append(name, thousands('c', 70))).length).toBe(60);
    await close(name);
    await open(name, 100_000);
    expect((await append(name, thousands('c', 1))).length).toBe(0);
    await close(name);
  });

  it('drops what was unused for longest when its limit was lowered', async () => {
    const name = `s${stores++}`;
    await open(name, 2 ** 30);
    for (const object of ['old', 'new']) {
      await append(name, thousands(object, 5));
      await sync(name);
    }
    await close(name);
    await open(name, 6000);
    expect((await restore(name)).map(({ object }) => object)).toEqual(Array(5).fill('new'));
    await close(name);
  });

  it('is for one page at a time', async () => {
    const name = `s${stores++}`;
    const other = await browser.newPage();
    await other.goto(site.url);
    const opened = (by: Page) =>
      by
        .evaluate((name) => tab.openStore(name, 1000), name)
        .then(
          () => 'opened',
          (error) => /Another page uses the store/.exec(error.message)?.[0],
        );
    expect(await opened(page)).toBe('opened');
    expect(await opened(page)).toBe('Another page uses the store');
    expect(await opened(other)).toBe('Another page uses the store');
    await close(name);
    await expect.poll(() => opened(other)).toBe('opened');
    await other.close();
    await expect.poll(() => opened(page)).toBe('opened');
    await close(name);
  });

  it('holds what was synced when the browser is killed', async () => {
    const name = `s${stores++}`;
    await open(name, 2 ** 30);
    const kept = await append(name, thousands('a', 3000));
    await sync(name);
    await killBrowser(browser, profile);
    await openPage();
    await open(name, 2 ** 30);
    expect(sorted(await restore(name))).toEqual(sorted(kept));
    await close(name);
  });
});
