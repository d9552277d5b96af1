import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { fingerprint, publisherId } from '../../codecs/minisign/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { type BrowserName, browsersHere, startBrowser, type TestBrowser } from '../../fixtures/browsers.js';
import { runProgram } from '../../fixtures/job.js';
import { type OpenPage, openPage, openWorkshop } from '../../fixtures/page/page.js';
import { createPrng } from '../../fixtures/prng.js';
import {
  type TestEditionOptions,
  type TestPublisher,
  testEditionOf,
  testPublisher,
  testSession,
} from '../testing.js';

/** What the page refuses, and in what words. */

const workshop = openWorkshop();
let schemes: FecSchemes;
let publisher: TestPublisher;
let second: TestPublisher;
let page = '';
let pageOfTwo = '';
const recordings: Record<string, string> = {};

/** A recording of an edition with one page, whose heading says what it is. */
async function record(name: string, heading: string, options: Partial<TestEditionOptions>): Promise<void> {
  const tree = { 'index.html': utf8Encode(`<h1>${heading}</h1>`), 'noise.bin': createPrng(4).bytes(20_000) };
  const edition = await testEditionOf([tree], { crypto, schemes, publisher, symbolSize: 512, ...options });
  const [index, parts] = [await edition.announce(), await edition.send()];
  recordings[name] = workshop.recording(name, [...index, ...parts]);
  const places = { begin: [...index, ...parts.slice(-5)], later: parts.slice(0, -5) };
  for (const [place, datagrams] of Object.entries(places)) {
    recordings[`${place}-${name}`] = workshop.recording(`${place}-${name}`, datagrams);
  }
}

beforeAll(async () => {
  schemes = await loadFecSchemes();
  publisher = await testPublisher(crypto, 1);
  second = await testPublisher(crypto, 2);
  page = workshop.page('page.html', [publisher]);
  pageOfTwo = workshop.page('two.html', [publisher, second]);
  await record('old.pcap', 'old', { sequence: 1_700_000_000 });
  await record('new.pcap', 'new', { sequence: 1_760_000_000 });
  await record('ahead.pcap', 'ahead', { sequence: 4_000_000_000 });
  await record('stranger.pcap', 'stranger', { publisher: second });
  const object = createPrng(3).bytes(5000);
  const unsigned = await testSession({ crypto, schemes, object });
  recordings['unsigned.pcap'] = workshop.recording('unsigned.pcap', [
    await unsigned.fdt(),
    ...(await unsigned.source()),
  ]);
});
afterAll(workshop.remove);

describe.each(browsersHere())('%s', (name: BrowserName) => {
  let browser: TestBrowser;
  beforeAll(async () => {
    browser = await startBrowser(name, { profile: workshop.profile() });
  });
  afterAll(() => browser.close());

  async function open(path = page): Promise<OpenPage> {
    const opened = await openPage(browser, path);
    await opened.begin('nothing');
    return opened;
  }
  const articles = ({ page }: OpenPage) =>
    page.$$eval('article', (all) => all.map((each) => each.textContent ?? ''));

  it('refuses an older edition, and shows the newer one', async () => {
    const opened = await open();
    await opened.add(recordings['new.pcap']!);
    expect(await opened.add(recordings['old.pcap']!)).toBe(
      'There was an older edition in it. It is not used: what you have is newer.',
    );
    await opened.click('Read news');
    expect(await opened.reading('h1')).toBe('new');
  });

  it('shows a newer edition in place of the older', async () => {
    const opened = await open();
    await opened.add(recordings['old.pcap']!);
    expect(await opened.add(recordings['new.pcap']!)).toMatch('New: 2 files can be read now.');
    expect((await articles(opened)).length).toBe(1);
    await opened.click('Read news');
    expect(await opened.reading('h1')).toBe('new');
  });

  it('remembers what it has seen, and that beyond a restart', async () => {
    const opened = await openPage(browser, page);
    await opened.begin('keep');
    await opened.add(recordings['new.pcap']!);
    await opened.page.close();
    const again = await openPage(browser, page);
    await again.page.waitForSelector('article');
    expect(await again.add(recordings['old.pcap']!)).toMatch('There was an older edition in it.');
    await again.click('Delete all');
    await again.click('Yes, delete all');
    await again.page.waitForSelector('#deleted');
  });

  it('says whose key it does not know, and that nobody has signed', async () => {
    const opened = await open();
    const silent = workshop.recording('silent.pcap', []);
    expect(await opened.add(silent)).toMatch('A longer recording may have one.');
    const stranger = `stranger.pcap is signed by a publisher whom this page does not know, with the fingerprint ${fingerprint(publisherId(second))}. It is not shown.`;
    // each time it is picked
    for (let i = 0; i < 2; i++) {
      expect(await opened.add(recordings['stranger.pcap']!)).toBe(stranger);
      expect(await articles(opened)).toEqual([]);
    }
    // its groups stay in their order among words from right to left
    const numbers = () =>
      opened.page.$$eval('.result bdi[dir=ltr]', (all) => all.map((each) => each.textContent));
    expect(await numbers()).toEqual([fingerprint(publisherId(second))]);
    expect(await opened.add(recordings['unsigned.pcap']!)).toMatch('signed by nobody. It is not shown');
    expect(await articles(opened)).toEqual([]);
    const both = readFileSync(recordings['stranger.pcap']!).subarray(24);
    const mixed = workshop.file('mixed.pcap', Buffer.concat([readFileSync(recordings['new.pcap']!), both]));
    for (const good of ['can be read now.', 'It is not shown.']) {
      const said = await opened.add(mixed);
      expect(said).toMatch(good);
      expect(said).toMatch('A part of mixed.pcap is signed by a publisher');
    }
    expect((await articles(opened)).length).toBe(1);
  });

  it('keeps bundles of one name and several publishers apart', async () => {
    const opened = await open(pageOfTwo);
    await opened.add(recordings['new.pcap']!, recordings['stranger.pcap']!);
    const shown = await articles(opened);
    expect(shown.length).toBe(2);
    for (const key of [publisher, second]) {
      expect(shown.filter((each) => each.includes(fingerprint(publisherId(key)))).length).toBe(1);
    }
  });

  it('says that an edition is dated ahead', async () => {
    const opened = await open();
    expect(await opened.add(recordings['ahead.pcap']!)).toMatch(/“news” has the date .*2096/);
  });

  it('takes an edition as it was signed, but nothing that was altered', async () => {
    const directory = workshop.profile();
    const args = [
      recordings['new.pcap']!,
      '--trust',
      workshop.file('p.pub', keyText()),
      '--out',
      join(directory, 'out'),
    ];
    const { status, stderr } = runProgram('datacast-receive', [
      ...args,
      '--keep-bundle',
      join(directory, 'kept'),
    ]);
    expect(status, stderr).toBe(0);
    const kept = join(directory, 'kept', 'news');
    const part = readFileSync(join(kept, 'SHA256SUMS'), 'utf8').slice(66).trim();
    const signed = ['index.json.zst', 'index.json.zst.minisig', part].map((each) => join(kept, each));
    mkdirSync(join(directory, 'altered'));
    const bytes = readFileSync(signed[2]!);
    bytes[100]! ^= 1;
    const altered = join(directory, 'altered', part);
    writeFileSync(altered, bytes);

    const opened = await open();
    const said = await opened.add(signed[0]!, signed[1]!, altered);
    expect(said).toMatch(`${part} was altered after it was signed. It is not used.`);
    await opened.says('0 of 2 files can be read.');
    expect(await opened.add(signed[2]!)).toMatch('New: 2 files can be read now.');
    await opened.click('Read news');
    expect(await opened.reading('h1')).toBe('new');
  });

  it('shows nothing that another page has written into what is kept, and takes it in anew', async () => {
    const opened = await openPage(browser, page);
    await opened.begin('keep');
    await opened.add(recordings['new.pcap']!);
    await opened.page.close();
    const hostile = await browser.open(pathToFileURL(page).href);
    expect(await hostile.evaluate(alterKept)).toBeGreaterThan(0);
    await hostile.close();

    const again = await openPage(browser, page);
    await again.page.waitForSelector('article');
    await again.click('Read news');
    await again.says('This has not arrived yet.');
    expect(await again.page.$('iframe')).toBeNull();
    await again.click('Back');
    await again.says('was altered after it was signed. It is not used.');
    expect(await again.text()).toMatch('0 of 2 files can be read.');
    expect(await again.add(recordings['new.pcap']!)).toMatch('New: 2 files can be read now.');
    await again.click('Read news');
    expect(await again.reading('h1')).toBe('new');
    await again.click('Back');
    await again.click('Delete all');
    await again.click('Yes, delete all');
    await again.page.waitForSelector('#deleted');
  });

  it('says of pieces without their index what they wait for, and uses them', async () => {
    const opened = await open();
    const said = 'Pieces have arrived, but not yet the list of contents that goes with them.';
    expect(await opened.add(recordings['later-new.pcap']!)).toMatch(said);
    expect(await opened.add(recordings['later-new.pcap']!)).toMatch(said);
    expect(await opened.add(recordings['begin-new.pcap']!)).toBe('New: 2 files can be read now.');
  });

  it('passes pieces without their index on', async () => {
    const nothing = 'There is nothing to pass on yet.';
    const empty = await open();
    await empty.click('Pass on');
    expect(await empty.page.$eval('main', (main) => main.textContent)).toMatch(nothing);
    const opened = await open();
    await opened.add(recordings['later-new.pcap']!);
    await opened.click('Pass on');
    expect(await opened.page.$eval('main', (main) => main.textContent)).not.toMatch(nothing);
  });

  it('says of a page with an older edition that it is older, and no more', async () => {
    const opened = await open();
    await opened.add(recordings['old.pcap']!);
    const passed = join(workshop.directory, 'passed.html');
    await opened.passOn(passed);
    const other = await open();
    await other.add(recordings['new.pcap']!);
    expect(await other.add(passed)).toBe(
      'There was an older edition in it. It is not used: what you have is newer.',
    );
  });

  it('says that datagrams are damaged whose checksum is wrong', async () => {
    const opened = await open();
    await opened.add(recordings['new.pcap']!);
    const bytes = readFileSync(recordings['new.pcap']!);
    const last = bytes.length - 1;
    bytes[last]! ^= 1;
    expect(await opened.add(workshop.file('altered.pcap', bytes))).toBe(
      'Pieces that were forged or damaged: 1. They were thrown away.',
    );
  });

  it('has a sentence for files of other kinds', async () => {
    const opened = await open();
    const said = await opened.add(
      workshop.file('letter.txt', 'Dear reader'),
      workshop.file('nothing.pcap', ''),
      workshop.file('other.html', '<!doctype html><p>Hello'),
    );
    expect(said).toMatch('letter.txt is not a recording');
    expect(said).toMatch('nothing.pcap is empty.');
    expect(said).toMatch('other.html is not a recording');
    const half = readFileSync(recordings['new.pcap']!).subarray(0, 3001);
    expect(await opened.add(workshop.file('half.pcap', half))).toMatch('half.pcap is damaged or cut off.');
    expect(opened.errors).toEqual([]);
  });
});

/** In a page: changes a byte at the end of each piece that is kept. @returns how many there are */
async function alterKept(): Promise<number> {
  const resultOf = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const { name } = (await indexedDB.databases()).find((each) => each.name!.endsWith(' content'))!;
  const database = await resultOf(indexedDB.open(name!));
  const pieces = () => database.transaction('pieces', 'readwrite').objectStore('pieces');
  const keys = await resultOf(pieces().getAllKeys());
  for (const key of keys) {
    const bytes = new Uint8Array(await (await resultOf(pieces().get(key))).arrayBuffer());
    bytes[bytes.length - 100]! ^= 1;
    await resultOf(pieces().put(new Blob([bytes]), key));
  }
  database.close();
  return keys.length;
}

function keyText(): string {
  return `untrusted comment: minisign public key\n${Buffer.concat([Buffer.from('Ed'), publisher.keyId, publisher.publicKey]).toString('base64')}\n`;
}
