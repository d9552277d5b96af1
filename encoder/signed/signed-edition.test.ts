import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { EncodeError } from '../error.js';
import {
  describeMissing,
  isSignedEdition,
  missingParts,
  readSignedEdition,
  readSignedPart,
} from './signed-edition.js';
import { type TestPublisher, testPublisher } from './testing.js';

let work: string;
let ours: TestPublisher;
let others: TestPublisher;
let signed: string;
beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-signed-'));
  ours = await testPublisher(work);
  others = await testPublisher(work);
  signed = join(work, 'signed');
  await ours.sign(signed);
  await others.sign(join(work, 'of-others'));
});
afterAll(() => rmSync(work, { recursive: true }));

const partsOf = (directory: string) =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.tar.zst'))
    .sort();

/** A copy in which something is wrong. */
function altered(alter: (directory: string) => void): string {
  const directory = mkdtempSync(join(work, 'altered-'));
  cpSync(signed, directory, { recursive: true });
  alter(directory);
  return directory;
}

/** Reads all of an edition as an uplink does. */
async function take(directory: string): Promise<number> {
  const edition = await readSignedEdition(directory, ours.keys.publisherKey, nodeCrypto);
  const missing = await missingParts(edition);
  if (missing.length > 0) throw new EncodeError(describeMissing(edition, missing));
  for (const part of edition.index.parts) {
    for await (const _ of readSignedPart(edition, part, nodeCrypto));
  }
  return edition.index.parts.length;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  const place = ((at % bytes.length) + bytes.length) % bytes.length;
  bytes[place]! ^= 1;
  writeFileSync(path, bytes);
}

describe('a signed edition', () => {
  it('is taken as it was signed', async () => {
    expect(await isSignedEdition(signed)).toBe(true);
    expect(await take(signed)).toBe(partsOf(signed).length);
  });

  it('is told from content by any of its files, also while they are copied', async () => {
    expect(await isSignedEdition(ours.news)).toBe(false);
    expect(await isSignedEdition(join(ours.news, 'index.html'))).toBe(false);
    for (const name of [partsOf(signed)[0]!, `.${partsOf(signed)[0]}.x7Yz`, 'index.json.zst.minisig']) {
      const piece = mkdtempSync(join(work, 'piece-'));
      writeFileSync(join(piece, name), '');
      expect(await isSignedEdition(piece)).toBe(true);
      await expect(take(piece)).rejects.toThrow(/is missing: this is not a whole edition/);
    }
  });

  it.each<[string, (directory: string) => void, RegExp]>([
    [
      'a part altered',
      (path) => flip(join(path, partsOf(path)[0]!), 40),
      /\.tar\.zst is not what the index lists/,
    ],
    [
      'the index altered',
      (path) => flip(join(path, 'index.json.zst'), 40),
      /not the publisher's signature over/,
    ],
    [
      'the signature altered',
      (path) => flip(join(path, 'index.json.zst.minisig'), -20),
      /minisig: .*(damaged|signature)/,
    ],
    ['a part missing', (path) => rmSync(join(path, partsOf(path)[0]!)), /1 of \d+ parts are missing/],
    [
      'a part half copied',
      (path) => truncateSync(join(path, partsOf(path)[0]!), 30),
      /1 of \d+ parts are missing or not copied/,
    ],
    ['no index', (path) => rmSync(join(path, 'index.json.zst')), /index\.json\.zst is missing/],
    ['no signature', (path) => rmSync(join(path, 'index.json.zst.minisig')), /minisig is missing/],
    [
      'the index of another publisher',
      (path) => cpSync(join(work, 'of-others'), path, { recursive: true }),
      /made with another key/,
    ],
    [
      'a link in the place of a part',
      (path) => {
        const [name] = partsOf(path);
        renameSync(join(path, name!), join(work, 'elsewhere'));
        symlinkSync(join(work, 'elsewhere'), join(path, name!));
      },
      /is not a file, or a link to one/,
    ],
    [
      'a link in the place of the index',
      (path) => {
        rmSync(join(path, 'index.json.zst'));
        symlinkSync('/etc/passwd', join(path, 'index.json.zst'));
      },
      /is not a file, or a link to one/,
    ],
    [
      'a pipe that nobody writes to',
      (path) => {
        const place = join(path, partsOf(path)[0]!);
        rmSync(place);
        execFileSync('mkfifo', [place]);
      },
      /is not a file/,
    ],
    [
      'a directory in the place of a part',
      (path) => {
        const place = join(path, partsOf(path)[0]!);
        rmSync(place);
        mkdirSync(place);
      },
      /is not a file/,
    ],
    // sparse: it takes no room
    ['an index without end', (path) => truncateSync(join(path, 'index.json.zst'), 2 ** 40), /are allowed/],
    [
      'a part without end',
      (path) => truncateSync(join(path, partsOf(path)[0]!), 2 ** 40),
      /missing or not copied/,
    ],
  ])('is refused with %s', async (_, alter, message) => {
    const directory = altered(alter);
    await expect(take(directory)).rejects.toThrow(message);
    await expect(take(directory)).rejects.toBeInstanceOf(EncodeError);
  });

  it('is never taken when a bit of it is another one', async () => {
    const names = [...partsOf(signed), 'index.json.zst', 'index.json.zst.minisig'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(2 ** 20), async (name, at) => {
        const before = readFileSync(join(signed, name));
        const directory = altered((path) => flip(join(path, name), at));
        // the first line of a signature is nobody's word
        const isComment = name.endsWith('.minisig') && at % before.length < before.indexOf(0x0a);
        if (isComment) await take(directory).catch((error) => expect(error).toBeInstanceOf(EncodeError));
        else await expect(take(directory)).rejects.toBeInstanceOf(EncodeError);
        rmSync(directory, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });
});
