import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { toHex } from '../../codecs/bytes.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import type { Edition, KnownEdition } from '../engine/ports/events.js';
import { describeBundleState } from './bundle-state.js';
import { openOutputDirectory, type PartsOutput, type PartsOutputOptions } from './parts-output.js';
import {
  editionOf,
  piecesOf,
  readTree,
  type TestEdition,
  type TestPart,
  testEdition,
  testPart,
} from './testing.js';

const PUBLISHER = '0123456789abcdef'.repeat(4);
const FRONT = { 'index.html': '<p>소식</p>' };
const TEXT = { 'text/a.html': 'a', 'text/b.html': 'b' };

let work = '';
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-parts-output-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
});

/** Opens the directory `out`, which is closed at the end of the test. */
async function open(options?: PartsOutputOptions): Promise<PartsOutput> {
  const output = await openOutputDirectory(join(work, 'out'), options);
  onTestFinished(output.close);
  return output;
}

function known({ index }: TestEdition): KnownEdition {
  const edition: Edition = {
    publisher: PUBLISHER,
    name: index.name,
    sequence: index.sequence,
    sha256: toHex(nodeCrypto.sha256(new Uint8Array(index.sequence))),
    signature: '',
  };
  return { edition, index };
}

/** What the event `part` gives; counts how often the content was released. */
function arrival({ listed, object }: TestPart, ...editions: TestEdition[]) {
  const counted = {
    part: listed,
    editions: editions.map((each) => known(each).edition),
    released: 0,
    content: {
      read: () => piecesOf([object]),
      async release() {
        counted.released++;
      },
    },
  };
  return counted;
}

const put = async (output: PartsOutput, edition: TestEdition, ...places: number[]) => {
  for (const place of places) await output.put(arrival(edition.parts[place]!, edition));
};
const written = () => readTree(join(work, 'out', 'news'));
const words = (output: PartsOutput) => output.bundles().map(describeBundleState);
const holds = (output: PartsOutput, edition: TestEdition) =>
  edition.parts.map(({ listed: { sha256 } }) => output.isHeld({ publisher: PUBLISHER, sha256 }));

describe('the output directory of an application', () => {
  it('changes part by part, and is held in the next run', async () => {
    const first = await testEdition(1, [FRONT, TEXT]);
    const output = await open();
    expect(await output.announce(known(first))).toMatchObject({ path: 'news', isComplete: false });
    expect(words(output)).toEqual(['nothing is there yet']);
    const front = arrival(first.parts[0]!, first);
    await output.put(front);
    expect(front.released).toBe(1);
    expect(written()).toEqual(FRONT);
    expect(holds(output, first)).toEqual([true, false]);
    await output.close();

    const again = await open();
    expect(holds(again, first)).toEqual([true, false]);
    await put(again, first, 1);
    expect(written()).toEqual({ ...FRONT, ...TEXT });
    expect(words(again)).toEqual(['everything is there, 3 files']);

    const second = editionOf(2, [await testPart({ 'index.html': 'new' }), first.parts[1]!]);
    await again.announce(known(second));
    expect(holds(again, second)).toEqual([false, true]);
    await put(again, second, 0);
    expect(written()).toEqual({ 'index.html': 'new', ...TEXT });
    // an older one, from a recording
    expect(await again.announce(known(first))).toMatchObject({ sequence: 2, isComplete: true });
    expect(holds(again, first)).toEqual([false, true]);
  });

  it('shows nothing before everything is there where that is asked for', async () => {
    const edition = await testEdition(1, [FRONT, TEXT]);
    const output = await open({ whole: true });
    await output.announce(known(edition));
    await put(output, edition, 0);
    expect(written()).toBeUndefined();
    expect(holds(output, edition)).toEqual([true, false]);
    await put(output, edition, 1);
    expect(written()).toEqual({ ...FRONT, ...TEXT });
  });

  it('takes parts that come while their edition is announced, and is closed when they are written', async () => {
    const edition = await testEdition(1, [FRONT, TEXT]);
    const output = await open();
    const done = [
      output.announce(known(edition)),
      ...edition.parts.map((part) => output.put(arrival(part, edition))),
    ];
    await output.close();
    expect(written()).toEqual({ ...FRONT, ...TEXT });
    await Promise.all(done);
  });

  it('holds a part that two bundles share when it stands in both', async () => {
    const news = await testEdition(1, [FRONT]);
    const sport = editionOf(1, news.parts, 'sport');
    const output = await open();
    await output.announce(known(news));
    await put(output, news, 0);
    expect(holds(output, news)).toEqual([true]);
    const announced = output.announce(known(sport));
    // the receiver asks at once
    expect(holds(output, news)).toEqual([false]);
    await announced;
    expect(holds(output, news)).toEqual([false]);
    const both = arrival(news.parts[0]!, news, sport);
    await output.put(both);
    expect(both.released).toBe(1);
    expect(holds(output, news)).toEqual([true]);
    expect(readTree(join(work, 'out', 'sport'))).toEqual(FRONT);
    const [{ sha256 }] = news.parts.map(({ listed }) => listed) as [TestPart['listed']];
    expect(output.isHeld({ publisher: '0000000000000000', sha256 })).toBe(false);
  });

  it('refuses a part that is not what its index says, in one bundle as in another', async () => {
    const front = await testPart(FRONT);
    const lying = editionOf(1, [{ ...front, listed: { ...front.listed, files: 2 } }]);
    const honest = editionOf(1, [front], 'sport');
    const output = await open();
    for (const each of [lying, honest]) await output.announce(known(each));
    const part = arrival(front, lying, honest);
    await expect(output.put(part)).rejects.toThrow('The part index.html is not what its index says');
    expect(part.released).toBe(1);
    expect(written()).toBeUndefined();
    expect(readTree(join(work, 'out', 'sport'))).toEqual(FRONT);
    expect(words(output)).toEqual(['nothing is there yet; 1 part refused', 'everything is there, 1 file']);
    // it would be refused once more
    expect(holds(output, lying)).toEqual([true]);
    await output.close();
    expect(holds(await open(), lying)).toEqual([true]);
  });

  it('releases no content that was not written', async () => {
    const edition = await testEdition(1, [FRONT]);
    const output = await open();
    const early = arrival(edition.parts[0]!, edition);
    await expect(output.put(early)).rejects.toThrow('Edition 1 of news is not known here: give announce');
    await output.announce(known(edition));
    const lost = arrival(edition.parts[0]!, edition);
    const content = {
      ...lost.content,
      // biome-ignore lint/correctness/useYield: it has nothing to give
      async *read(): AsyncGenerator<Uint8Array> {
        throw new Error('the disk is gone');
      },
    };
    await expect(output.put({ ...lost, content })).rejects.toThrow('the disk is gone');
    expect([early.released, lost.released]).toEqual([0, 0]);
    expect(words(output)).toEqual(['nothing is there yet']);
    await output.put(early);
    expect(early.released).toBe(1);
    expect(written()).toEqual(FRONT);
  });

  it('says what plain JavaScript may get wrong', async () => {
    for (const wrong of ['', undefined, 5]) {
      await expect(openOutputDirectory(wrong as string)).rejects.toThrow('takes the path of a directory');
    }
    await expect(open({ hole: true } as PartsOutputOptions)).rejects.toThrow('has no option "hole"');
    await expect(open({ whole: 1 } as never)).rejects.toThrow('whole needs true or false, not 1.');
    const output = await open();
    for (const wrong of [undefined, 'news', { edition: 5 }, { edition: {}, index: null }]) {
      await expect(output.announce(wrong as never)).rejects.toThrow(
        'announce takes what the event "edition" gives.',
      );
      await expect(output.put(wrong as never)).rejects.toThrow('put takes what the event "part" gives.');
    }
  });
});
