import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { utf8Encode } from '../../codecs/bytes.js';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto as crypto } from '../../codecs/node/crypto.js';
import { type BrowserName, browsersHere } from '../../fixtures/browsers.js';
import { openWorkshop, startWith } from '../../fixtures/page/page.js';
import { createPrng } from '../../fixtures/prng.js';
import { testEditionOf, testPublisher } from '../testing.js';

/** Browsers that lack something. */

const workshop = openWorkshop();
let page = '';
let recording = '';

beforeAll(async () => {
  const publisher = await testPublisher(crypto, 1);
  const tree = { 'index.html': utf8Encode('<h1>front</h1>'), 'noise.bin': createPrng(8).bytes(100_000) };
  const schemes = await loadFecSchemes();
  const edition = await testEditionOf([tree], { crypto, schemes, publisher, symbolSize: 1024 });
  const sent = [...(await edition.announce()), ...(await edition.send())];
  const repair = await edition.parts[0]!.symbols(0, 200, 40);
  recording = workshop.recording('news.pcap', [...sent.filter((_, i) => i % 6 !== 5 || i < 8), ...repair]);
  page = workshop.page('page.html', [publisher]);
});
afterAll(workshop.remove);

describe.each(browsersHere())('%s', (name: BrowserName) => {
  it.each([['ed25519'], ['simd']] as const)('without %s it reads as ever', async (capability) => {
    const options = { profile: workshop.profile(), without: [capability] };
    const { browser, open } = await startWith(name, page, options);
    onTestFinished(() => browser.close());
    await open.begin('keep');
    await open.add(recording);
    await open.click('Read news');
    expect(await open.reading('h1')).toBe('front');
    expect(open.errors).toEqual([]);
  });

  it('without IndexedDB it reads, and says that nothing is kept', async () => {
    const options = { profile: workshop.profile(), without: ['indexeddb' as const] };
    const { browser, open } = await startWith(name, page, options);
    onTestFinished(() => browser.close());
    await open.begin('keep');
    await open.says('This browser does not let the page keep anything');
    await open.add(recording);
    await open.click('Read news');
    expect(await open.reading('h1')).toBe('front');
  });
});
