import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type BrowserName, browsersHere } from '../../../fixtures/browsers.js';
import { toolPath } from '../../../fixtures/tools.js';
import type { FlowStatus } from '../multiplex/flow-status.js';
import type { UplinkStatus } from '../uplink-options.js';
import { serveStatus } from './serve-status.js';

const HOSTILE =
  '<img src=x onerror="document.body.dataset.hacked=1"> & </script><script>document.body.dataset.hacked=1</script>';
const NOW = Date.now() / 1000;
/** Sequence number of two hours ago. */
const EDITION = Math.floor(NOW) - 7200;

function flow(name: string, changes: Partial<FlowStatus> = {}): FlowStatus {
  return {
    name,
    sequence: EDITION,
    parts: 95,
    changed: 3,
    weight: 1,
    symbols: 1000,
    bytes: 1_500_000,
    passes: 2,
    passDone: 0.42,
    passLeft: 40_000,
    datagramsLeft: undefined,
    silentUntil: undefined,
    ...changes,
  };
}

function statusWith(changes: Partial<UplinkStatus>): UplinkStatus {
  return {
    destinations: ['239.255.0.1:4001'],
    tsi: 7,
    rate: 2e6,
    flows: [],
    tables: 0,
    queued: 0,
    certificateEnd: Math.floor(NOW) + 400 * 86_400,
    stats: { datagrams: 1_234_567, bytes: 1.8e9, errors: 0, lostTime: 0, lateness: 0, destinations: [] },
    packing: undefined,
    interfaceReturns: 0,
    problems: [],
    unsaved: 0,
    ...changes,
  };
}

const BROWSERS = browsersHere();
const PATIENCE = 200_000;
/** Firefox is told at its start: it cannot be told by puppeteer. */
const FIREFOX_DARK = { 'layout.css.prefers-color-scheme.content-override': 0 };

let profiles = '';
const running = new Map<BrowserName, Browser>();
beforeAll(async () => {
  profiles = mkdtempSync(join(tmpdir(), 'datacast-status-'));
  for (const name of BROWSERS) {
    const isFirefox = name === 'firefox-esr';
    const browser = await launch({
      browser: isFirefox ? 'firefox' : 'chrome',
      executablePath: toolPath(name),
      headless: true,
      userDataDir: join(profiles, name),
      timeout: PATIENCE,
      protocolTimeout: PATIENCE,
      args: isFirefox ? [] : ['--no-sandbox', '--disable-gpu'],
      extraPrefsFirefox: FIREFOX_DARK,
    });
    running.set(name, browser);
  }
});
afterAll(async () => {
  for (const browser of running.values()) await browser.close();
  rmSync(profiles, { recursive: true, force: true });
});

interface Look {
  readonly name: BrowserName;
  readonly width: number;
  readonly look: 'light' | 'dark';
}

/** The page of an uplink, and what it asked for. Pictures go to a directory when DATACAST_PICTURES names one. */
async function openPage(status: () => UplinkStatus, { name, width, look }: Look) {
  const server = await serveStatus(status, { address: '127.0.0.1', port: 0 });
  const page: Page = await running.get(name)!.newPage();
  onTestFinished(async () => {
    await page.close();
    await server.close();
  });
  page.setDefaultTimeout(PATIENCE);
  await page.setViewport({ width, height: 800 });
  if (name === 'chromium') {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: look }]);
  }
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  await page.goto(`${server.origin}/`);
  await page.waitForSelector('h1');
  return { page, server, requests, errors };
}

async function picture(page: Page, name: string): Promise<void> {
  const directory = process.env.DATACAST_PICTURES;
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) as `${string}.png`, fullPage: true });
}

const CASES = BROWSERS.flatMap((name) =>
  [360, 1280].flatMap((width) =>
    (name === 'chromium' ? (['light', 'dark'] as const) : (['dark'] as const)).map((look) => ({
      name,
      width,
      look,
    })),
  ),
);

it.for(CASES)('shows what is on the air and what is wrong: $name, $width pixels wide, $look', async (how) => {
  const { name, width, look } = how;
  let tick = 0;
  const status = () => {
    tick++;
    const bytes = 1.8e9 + tick * 20_000;
    return statusWith({
      stats: { datagrams: 1_234_567, bytes, errors: 3, lostTime: 2500, lateness: 0, destinations: [] },
      flows: [
        flow('news', { bytes: 1.5e6 + tick * 15_000 }),
        flow('날씨', { sequence: undefined, parts: 0, silentUntil: Date.now() + 600_000 }),
        flow(HOSTILE, { datagramsLeft: 3000, sequence: 7 }),
      ],
      packing: { bundle: '날씨', done: 1, total: 4 },
      problems: [
        { bundle: HOSTILE, message: `/srv/${HOSTILE} does not exist.`, since: Date.now() - 90_000 },
        { message: 'The network interface eth1 is gone, and datagrams are lost.', since: Date.now() },
      ],
    });
  };
  const { page, server, requests, errors } = await openPage(status, how);
  await page.waitForFunction(() => (document.querySelector('.value')?.textContent ?? '') !== '0.00 kbit/s');
  const text = await page.$eval('main', (main) => main.textContent ?? '');
  for (const wanted of [
    '2 problems',
    'On the air',
    'news',
    '날씨',
    'pass 3, 42 %',
    `Edition${EDITION}Dated${new Date(1000 * EDITION).toISOString().slice(0, 10)}`,
    '2 hours',
    '239.255.0.1:4001',
    'Lost airtime',
    HOSTILE,
  ]) {
    expect(text).toContain(wanted);
  }
  // names are text, whatever is in them
  expect(await page.$$eval('img, main script', (found) => found.length)).toBe(0);
  expect(await page.evaluate(() => document.body.dataset.hacked)).toBeUndefined();
  // nothing stands out at the side, and nothing is asked of anybody else
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  expect(requests.filter((url) => !url.startsWith(`${server.origin}/`) && url !== 'data:,')).toEqual([]);
  expect(errors).toEqual([]);
  const [paper] = await page.$$eval('body', (bodies) =>
    bodies.map((body) => getComputedStyle(body).backgroundColor),
  );
  const light = Number(/\d+/.exec(paper!)![0]) > 128;
  expect(light).toBe(look === 'light');
  await picture(page, `problems-${name}-${width}-${look}`);
});

it.for(BROWSERS)('keeps itself up to date, and says when the uplink does not answer: %s', async (name) => {
  let now = statusWith({});
  const { page, server } = await openPage(() => now, { name, width: 1280, look: 'light' });
  const says = (words: string) =>
    page.waitForFunction((wanted) => document.body.textContent?.includes(wanted), {}, words);
  await says('Nothing on the air');
  await picture(page, `nothing-${name}`);
  now = statusWith({ flows: [flow('news'), flow('weather'), flow('exams'), flow('films')] });
  await says('On the air');
  await says('4 bundles');
  await picture(page, `good-${name}`);
  await server.close();
  await says('The uplink has not answered since');
});

it('is for this machine alone, whatever name leads to it', async () => {
  const server = await serveStatus(() => statusWith({}), { address: '127.0.0.1', port: 0 });
  onTestFinished(server.close);
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const { get } = await import('node:http');
    return new Promise<number | undefined>((resolve, reject) => {
      get(new URL(path, server.origin), { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).on('error', reject);
    });
  };
  expect(await get('/')).toBe(200);
  expect(await get('/status.json')).toBe(200);
  expect(await get('/other')).toBe(404);
  expect(await get('/', { Host: 'attacker.example' })).toBe(403);
  expect(await get('/status.json', { Host: '127.0.0.1.attacker.example:80' })).toBe(403);
  expect(await get('/', { Host: 'localhost:1234' })).toBe(200);
});
