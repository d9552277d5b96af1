/** What an edition consists of: paths, tar archives, compression, the index. */

import { isDeepStrictEqual } from 'node:util';
import { concatBytes, equalBytes, utf8Encode } from '../../../codecs/bytes.js';
import {
  checkPath,
  decodeIndex,
  EditionError,
  encodeIndex,
  foldPath,
  packPart,
  parentsOf,
  readPart,
} from '../../../codecs/edition/index.js';
import { BLOCK, checksumOf, FIELD, MAGIC } from '../../../codecs/edition/tar-header.js';
import {
  chunkMemory,
  compress,
  compressFrame,
  decompress,
  loadZstd,
  ZstdError,
} from '../../../codecs/zstd/index.js';
import { attemptAsync, type FuzzTarget, hold, passes } from '../target.js';
import { textTarget } from './text-target.js';

async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return concatBytes(...all);
}

function* inTwo(bytes: Uint8Array): Generator<Uint8Array> {
  const at = (bytes[bytes.length >> 1] ?? 0) % (bytes.length + 1);
  yield bytes.slice(0, at);
  yield bytes.slice(at);
}

const path = textTarget({
  name: 'path',
  holds: 'A path that is allowed is relative, and stays below the directory on every system.',
  seeds: ['index.html', 'ko/건강/손씻기.html', 'a/b/c.d/e', 'x'.repeat(255)],
  words: [
    '..',
    '.',
    '/',
    '\\',
    ':',
    '\0',
    'con',
    'COM1',
    'nul.txt',
    ' ',
    '\u200d',
    '\u202e',
    '\ud55c',
    '\u1112\u1161\u11ab',
    'ﬁ',
    'İ',
    '\u2028',
  ],
  run(text) {
    if (!passes(() => checkPath(text), EditionError)) return false;
    const parts = text.split('/');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
    hold(!/[\0-\x1f\\:*?"<>|]/.test(text), 'There is a character that some systems cannot store.');
    hold(
      parts.every((part) => part !== '' && part !== '.' && part !== '..'),
      'A part leads elsewhere.',
    );
    hold(
      parts.every((part) => !/[. ]$/.test(part)),
      'A part ends in what Windows drops.',
    );
    hold(utf8Encode(text).length <= 1024, 'It is longer than 1024 bytes.');
    hold(parentsOf(text).length === parts.length - 1, 'It has other directories above it than parts.');
    hold(foldPath(foldPath(text)) === foldPath(text), 'Its name without case has another one without case.');
    return true;
  },
});

const LIMITS = { maxSize: 100_000, maxEntries: 50 };

async function tarOf(
  files: Readonly<Record<string, string>>,
  directories: readonly string[] = [],
): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([path, text]) => {
    const bytes = utf8Encode(text);
    const open = async function* () {
      yield bytes;
    };
    return { kind: 'file' as const, path, size: bytes.length, open };
  });
  return collect(
    packPart({ class: 'text', label: '/', files: entries, directories, unpacked: 0 }, (file) => file.open()),
  );
}

/** Checksums of all blocks that look like headers. */
function mendTar(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  const magic = utf8Encode(MAGIC);
  const [from, length] = FIELD.checksum;
  for (let at = 0; at + BLOCK <= bytes.length; at += BLOCK) {
    const header = bytes.subarray(at, at + BLOCK);
    if (!equalBytes(header.subarray(FIELD.magic[0], FIELD.magic[0] + 5), magic.subarray(0, 5))) continue;
    header.set(magic, FIELD.magic[0]);
    header.fill(0x20, from, from + length);
    header.set(utf8Encode(`${checksumOf(header).toString(8).padStart(6, '0')}\0 `), from);
  }
  return bytes;
}

const part: FuzzTarget = {
  name: 'part',
  holds:
    'Names are safe and each is there once; nothing beyond the limits is handed out; packed again it is read to the same.',
  async open() {
    return {
      seeds: [
        await tarOf({ 'index.html': '<p>x</p>', 'news/a.html': 'y'.repeat(600) }, ['empty']),
        await tarOf({ [`${'d/'.repeat(120)}long.txt`]: 'z' }),
        await tarOf({ '건강/손씻기.html': '' }),
      ],
      words: [
        '../x',
        '/etc/passwd',
        '27 path=a\n',
        '17 size=99999999\n',
        'index.html/',
        '\0\0\0\0',
        '5',
        'x',
        '2',
        '77777777777',
      ].map(utf8Encode),
      mend: mendTar,
      async run(input) {
        const items: { kind: string; path: string; size: number; content: Uint8Array }[] = [];
        const isRead = await attemptAsync(async () => {
          for await (const { kind, path, size, content } of readPart(inTwo(input), LIMITS)) {
            items.push({ kind, path, size, content: await collect(content) });
          }
          return true;
        }, EditionError);
        for (const { path, size, content } of items) {
          checkPath(path);
          hold(content.length === size, `${path} has ${content.length} bytes of ${size}.`);
        }
        const total = items.reduce((sum, { size }) => sum + size, 0);
        hold(
          items.length <= LIMITS.maxEntries && total <= LIMITS.maxSize,
          'There is more than the limits allow.',
        );
        const names = new Set(items.map(({ path }) => foldPath(path)));
        hold(names.size === items.length, 'A name is there twice.');
        return isRead === true;
      },
    };
  },
};

const MAX_UNPACKED = 1 << 20;

/** Without checksum a frame that was changed comes to the decoder. */
function withoutChecksum(input: Uint8Array): Uint8Array {
  const bytes = input.slice();
  bytes.set([0x28, 0xb5, 0x2f, 0xfd].slice(0, bytes.length));
  if (bytes.length > 8 && (bytes[4]! & 4) !== 0) {
    bytes[4]! &= ~4;
    return bytes.subarray(0, -4);
  }
  return bytes;
}

const zstd: FuzzTarget = {
  name: 'zstd',
  holds: 'No more comes out than is allowed; what comes out can be compressed and comes out again.',
  async open() {
    const library = await loadZstd();
    const text = utf8Encode('<p>the same again and again</p>'.repeat(40));
    const seeds = [
      await collect(compress([text], { level: 1 })),
      await collect(compress([text], { level: 19 })),
      await collect(compress([Uint8Array.from({ length: 300 }, (_, i) => (i * i * 7) >> 3)], { level: 9 })),
      await collect(compress([text.subarray(0, 400)], { level: 3, chunkBytes: 100 })),
      concatBytes(
        Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3),
        await collect(compress([], { level: 1 })),
      ),
    ];
    return {
      seeds,
      words: [
        [0x28, 0xb5, 0x2f, 0xfd],
        [0x50, 0x2a, 0x4d, 0x18],
        [1, 0, 0],
        [3, 0, 0],
      ].map((word) => Uint8Array.from(word)),
      mend: withoutChecksum,
      async run(input) {
        let length = 0;
        const content = await attemptAsync(async () => {
          const pieces: Uint8Array[] = [];
          for await (const piece of decompress(inTwo(input), { maxSize: MAX_UNPACKED })) {
            length += piece.length;
            hold(length <= MAX_UNPACKED, `There come ${length} bytes where ${MAX_UNPACKED} are allowed.`);
            pieces.push(piece.slice());
          }
          return concatBytes(...pieces);
        }, ZstdError);
        if (content === undefined) return false;
        if (content.length > 4096) return true;
        const memory = chunkMemory(content.length);
        memory.set(content);
        const frame = compressFrame(library, memory, content.length, 1).slice();
        const again = await collect(decompress([frame], { maxSize: MAX_UNPACKED }));
        hold(equalBytes(again, content), 'What was compressed comes out as something else.');
        return true;
      },
    };
  },
};

const INDEX = {
  name: 'news',
  sequence: 5,
  nextKey: 'ab'.repeat(32),
  parts: [
    {
      sha256: '01'.repeat(32),
      bytes: 100,
      unpacked: 400,
      files: 1,
      label: 'index.html',
      class: 'front' as const,
    },
    {
      sha256: '02'.repeat(32),
      bytes: 1000,
      unpacked: 4000,
      files: 7,
      label: 'news/',
      class: 'text' as const,
    },
  ],
};
const INDEX_LIMITS = { maxBytes: 20_000, maxParts: 5 };

const index: FuzzTarget = {
  name: 'index',
  holds: 'An index that is written of what was read is read to the same, and is within the limits.',
  async open() {
    const library = await loadZstd();
    const object = await encodeIndex(INDEX);
    const text = await collect(decompress([object], { maxSize: MAX_UNPACKED }));
    const isFrame = (input: Uint8Array) => equalBytes(input.subarray(0, 4), object.subarray(0, 4));
    return {
      seeds: [object, text],
      words: [
        '"parts":',
        '[',
        ']',
        '{',
        '}',
        ',',
        'null',
        '-1',
        '1e999',
        '9007199254740993',
        '"__proto__":',
        '"nextKey":',
        '"format":',
        '"datacast edition"',
        '\\u0000',
        '\\ud800',
        '"class":"film"',
      ].map(utf8Encode),
      async run(input) {
        // text comes as a sound frame: so the parser behind it is fuzzed, too
        const memory = chunkMemory(input.length);
        memory.set(input);
        const sent = isFrame(input) ? input : compressFrame(library, memory, input.length, 1).slice();
        const parsed = await attemptAsync(() => decodeIndex(sent, INDEX_LIMITS), EditionError);
        if (parsed === undefined) return false;
        hold(parsed.parts.length <= INDEX_LIMITS.maxParts, 'It has more parts than allowed.');
        hold(
          new Set(parsed.parts.map(({ sha256 }) => sha256)).size === parsed.parts.length,
          'A part is there twice.',
        );
        const again = await decodeIndex(await encodeIndex(parsed), { maxBytes: MAX_UNPACKED, maxParts: 5 });
        hold(isDeepStrictEqual(again, parsed), 'The index written again says something else.');
        return true;
      },
    };
  },
};

export const targets: readonly FuzzTarget[] = [path, part, zstd, index];
