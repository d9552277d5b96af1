import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page, WebSocketRoute } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { toHex, utf8Encode } from '../codecs/bytes.js';
import { BLAKE2B, ED25519, SCRYPT, SHA256 } from '../codecs/crypto/testing.js';
import { loadFecSchemes } from '../codecs/fec/index.js';
import { formatPublicKey } from '../codecs/minisign/index.js';
import { nodeCrypto } from '../codecs/node/crypto.js';
import { bundlePage, killBrowser, openBrowser, serveSite } from '../fixtures/browser.js';
import { installPackage } from '../fixtures/packed.js';
import { createPrng } from '../fixtures/prng.js';
import { requireTool } from '../fixtures/tools.js';
import { testEditionOf, testPublisher, testSession } from './testing.js';

/** In the pages of the tests. */
declare const tab: typeof import('./testing-page.js').tab;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SEED = 20_260_101;
const SYMBOL_SIZE = 512;

const schemes = await loadFecSchemes();
const publisher = await testPublisher(nodeCrypto, 1);
const FRONT = { 'index.html': utf8Encode('<p>뉴스</p>') };
const NOISE = { 'images/noise.bin': createPrng(SEED).bytes(200_000) };
const FILES: Record<string, Uint8Array> = { ...FRONT, ...NOISE };
const common = { crypto: nodeCrypto, schemes, symbolSize: SYMBOL_SIZE };
const edition = await testEditionOf([FRONT, NOISE], { ...common, publisher });
const announcement = await edition.announce();
const front = await edition.send(0);
/** The larger part, in one source block. */
const session = edition.parts[1]!;
const symbols = await session.source();
const SYMBOLS = symbols.length;

/** What others send on the same channel, some of it in the name of the publisher. */
async function foreignDatagrams(): Promise<Uint8Array[]> {
  const other = { ...common, object: NOISE['images/noise.bin'].subarray(0, 5000) };
  const unsigned = await testSession({ ...other, toi: 6 });
  const stranger = await testSession({ ...other, toi: 7, publisher: await testPublisher(nodeCrypto, 2) });
  const others = [unsigned, stranger].map(async (each) => [await each.fdt(), ...(await each.source())]);
  const forge = (esi: number) =>
    session.datagram(0, esi, new Uint8Array(SYMBOL_SIZE).fill(esi), new Uint8Array(32).fill(9));
  const forged = [0, 7, 70, SYMBOLS + 1, SYMBOLS + 2].map(forge);
  // an empty datagram, one of another version, one that is cut off
  const noise = [new Uint8Array(0), new Uint8Array(1400).fill(0x10), symbols[3]!.subarray(0, 90)];
  return [...(await Promise.all(others)).flat(), ...(await Promise.all(forged)), ...noise];
}

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-browser-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

describe.skipIf(!requireTool('chromium'))('in a browser', () => {
  describe('the example', () => {
    const errors: Error[] = [];

    /** Opens the page; fulfilled when it has restored what it had and asks for datagrams. */
    async function openExample(browser: BrowserContext, url: string): Promise<[Page, WebSocketRoute]> {
      const page = browser.pages()[0]!;
      page.on('pageerror', (error) => errors.push(error));
      let connect: (socket: WebSocketRoute) => void = () => {};
      const connected = new Promise<WebSocketRoute>((resolve) => {
        connect = resolve;
      });
      await page.routeWebSocket('wss://example.org/datagrams', connect);
      await page.goto(url);
      return [page, await connected];
    }

    /** The datagrams in the database of the page. */
    const stored = (page: Page) =>
      page.evaluate(async () => {
        const opening = indexedDB.open('datagrams');
        await new Promise((resolve) => {
          opening.onsuccess = resolve;
        });
        const reading = opening.result.transaction('chunks').objectStore('chunks').getAll();
        await new Promise((resolve) => {
          reading.onsuccess = resolve;
        });
        opening.result.close();
        const datagrams: Uint8Array[] = [];
        for (const { ends, bytes } of reading.result) {
          for (let i = 0; i < ends.length; i++) datagrams.push(bytes.slice(ends[i - 1] ?? 0, ends[i]));
        }
        return datagrams;
      });

    /** The paths of the files that the page has put into its cache. */
    const cached = (page: Page) =>
      page.evaluate(async () => {
        const requests = await (await caches.open('files')).keys();
        return requests.map(({ url }) => new URL(url).pathname);
      });

    const send = (socket: WebSocketRoute, datagrams: readonly Uint8Array[]) => {
      for (const datagram of datagrams) socket.send(Buffer.from(datagram));
    };

    it('receives among forgeries, is killed, and goes on', async () => {
      const project = installPackage();
      onTestFinished(() => rmSync(project, { recursive: true, force: true }));
      const bundle = await bundlePage(join(project, 'browser-page', 'index.html'));
      const site = await serveSite(new Map([...bundle, ['/publisher.pub', formatPublicKey(publisher)]]));
      onTestFinished(site.close);
      const profile = join(directory, 'example');
      const half = symbols.slice(0, SYMBOLS >> 1);
      const foreign = await foreignDatagrams();

      const first = await openBrowser(profile);
      onTestFinished(() => first.close());
      const [page, socket] = await openExample(first, site.url);
      send(socket, [...announcement, ...front, await session.fdt(), ...foreign, ...half]);
      const missing = async () => {
        const held = new Set((await stored(page)).map(toHex));
        return half.filter((datagram) => !held.has(toHex(datagram))).length;
      };
      await expect.poll(missing).toBe(0);
      const shown = (by: Page) => by.locator('pre').textContent();
      await expect.poll(() => shown(page)).toBe('index.html: complete\nimages/noise.bin: receiving');
      const opened = (by: Page) => by.frameLocator('iframe').locator('p').textContent();
      expect(await opened(page)).toBe('뉴스');
      await killBrowser(first, profile);

      const second = await openBrowser(profile);
      onTestFinished(() => second.close());
      const [again, socketAgain] = await openExample(second, site.url);
      // nothing was sent to this page yet
      expect(await opened(again)).toBe('뉴스');
      await expect.poll(() => shown(again)).toBe('index.html: held\nimages/noise.bin: receiving');
      send(socketAgain, [...foreign, ...symbols.slice(SYMBOLS >> 1)]);
      // what comes while the forged ones are being found is not taken; these were never sent before, and with those
      // before them they are not enough without the stored ones
      const spare = await session.symbols(0, SYMBOLS + 10, SYMBOLS >> 2);
      const completed = () => {
        send(socketAgain, spare.splice(0, 1));
        return cached(again);
      };
      const paths = Object.keys(FILES).map((path) => `/files/${path}`);
      await expect.poll(completed).toEqual(paths);
      await expect.poll(() => shown(again)).toBe('index.html: held\nimages/noise.bin: complete');
      for (const [path, content] of Object.entries(FILES)) {
        const bytes = await again.evaluate(async (url) => {
          const response = await caches.match(url);
          return new Uint8Array(await response!.arrayBuffer());
        }, `/files/${path}`);
        expect(Buffer.compare(bytes, content)).toBe(0);
      }
      // its content was released: the index stays, and what a stranger sends waits for a table
      const staying = new Set([...announcement, ...foreign].map(toHex));
      const own = async () => (await stored(again)).map(toHex).filter((each) => !staying.has(each));
      await expect.poll(own).toEqual([]);
      expect(errors).toEqual([]);
    });
  });

  describe('the library', () => {
    let site: Awaited<ReturnType<typeof serveSite>>;
    let browser: BrowserContext;
    let page: Page;
    beforeAll(async () => {
      site = await serveSite(await bundlePage(join(ROOT, 'receiver', 'testing-page.ts')));
      browser = await openBrowser(join(directory, 'library'));
      page = browser.pages()[0]!;
      await page.goto(site.url);
    });
    afterAll(async () => {
      await browser?.close();
      await site?.close();
    });

    it('has cryptography with the known answers, native and in JavaScript', async () => {
      const expected = {
        sha256: SHA256.map(([, digest]) => digest),
        blake2b: BLAKE2B.map(([, digest]) => digest),
        scrypt: SCRYPT.key,
        signatures: ED25519.map(({ publicKey, signature }) => ({
          publicKey,
          signature,
          verified: true,
          brokenVerified: false,
        })),
      };
      expect(await page.evaluate(() => tab.cryptoAnswers())).toEqual([
        { name: 'webcrypto', ...expected },
        { name: 'noble', ...expected },
      ]);
    });

    describe.each(['simd', 'scalar'] as const)('RaptorQ, %s build', (build) => {
      it('has the known answers', async () => {
        const file = join(ROOT, 'fixtures', 'kat', 'repair_symbols.json');
        const { vectors } = JSON.parse(readFileSync(file, 'utf8'));
        for (const { K, T, repair } of vectors) {
          const esis: number[] = repair.map(({ esi }: { esi: number }) => esi);
          const wanted = [build, K, T, esis] as const;
          const answers = await page.evaluate((wanted) => tab.repairSymbols(...wanted), wanted);
          expect(answers).toEqual(repair.map(({ symbol }: { symbol: string }) => symbol));
        }
      });

      it.each([
        [10, 1388, 1],
        [1000, 64, 3],
        [5000, 100, 2],
      ])('decodes: K = %i, T = %i, one source symbol of %i lost', async (...block) => {
        const run = [build, ...block] as const;
        const { received, sent, rebuilt } = await page.evaluate((run) => tab.codeRoundTrip(...run), run);
        expect(rebuilt).toBe(sent);
        expect(received).toBeLessThan(block[0] + 4);
      });
    });

    it('runs the faster build', async () => {
      expect(await page.evaluate(() => tab.fastestBuild())).toBe('simd');
    });

    it('rejects forged datagrams, and shows nothing that is not signed', async () => {
      const bursts = [
        [...announcement, await session.fdt(), ...(await foreignDatagrams()), ...symbols],
        await session.symbols(0, SYMBOLS + 10, 5),
      ];
      const { shown, counters } = await page.evaluate(
        ([bursts, publisher]) => tab.receive(bursts, publisher),
        [bursts, publisher] as const,
      );
      const { sha256 } = session.part;
      expect(shown).toMatchObject([{ type: 'part', sha256 }]);
      expect(counters).toMatchObject({
        'untrusted-publisher': 1,
        forged: 5,
        'impossible-symbol': 1,
        malformed: 2,
        // the table of the session without signatures, and its ten symbols
        unsigned: 11,
      });
    });
  });
});
