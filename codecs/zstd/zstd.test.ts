import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireTool, type ToolName } from '../../fixtures/tools.js';
import { concatBytes, fromHex, utf8Encode } from '../bytes.js';
import { CHUNK_BYTES, compress, decompress, loadZstd, MAX_FRAME_CONTENT, ZstdError } from './index.js';

const MIB = 1024 * 1024;

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part.slice());
  return concatBytes(...parts);
}

const pack = (content: Uint8Array, level = 19) => collect(compress([content], { level }));
const unpack = (file: Uint8Array, maxSize = 256 * MIB) => collect(decompress([file], { maxSize }));

async function onlyZstdError(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    expect(error).toBeInstanceOf(ZstdError);
  }
}

interface SimpleDecoder {
  decompress(file: Uint8Array): Uint8Array | null;
}

/** Text that compresses as pages do. */
function text(length: number): Uint8Array {
  const words = utf8Encode('비가 내립니다. <p class="lead">Rain reaches the river delta before noon.</p>\n');
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let at = 0; at < length; ) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const start = (state >>> 8) % words.length;
    const part = words.subarray(
      start,
      Math.min(words.length, start + 5 + ((state >>> 20) & 15), start + length - at),
    );
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tool(name: ToolName, args: string[], input: Uint8Array): Uint8Array {
  return new Uint8Array(
    execFileSync(name, args, { input, maxBuffer: 1 << 28, stdio: ['pipe', 'pipe', 'ignore'] }),
  );
}

/** A frame of blocks given by hand: no checksum, a window of 128 KiB, the content size left out. */
function frameOf(...blocks: Uint8Array[]): Uint8Array {
  return concatBytes(fromHex('28b52ffd0038'), ...blocks);
}

function blockHeader(type: number, size: number, last: boolean): Uint8Array {
  const header = (size << 3) | (type << 1) | (last ? 1 : 0);
  return Uint8Array.of(header & 0xff, (header >> 8) & 0xff, header >> 16);
}

const rleBlock = (size: number, last: boolean) => concatBytes(blockHeader(1, size, last), Uint8Array.of(7));

describe('zstd compression', () => {
  it('round-trips at every level', async () => {
    const content = text(20_000);
    for (let level = 1; level <= 22; level++) {
      const file = await pack(content, level);
      expect(file.length).toBeLessThan(content.length / 2);
      expect(await unpack(file)).toEqual(content);
    }
  });

  it.each([0, 23, -1, 1.5, Number.NaN])('refuses level %d', async (level) => {
    await expect(pack(text(10), level)).rejects.toThrow(ZstdError);
  });

  it('round-trips anything, however the input is cut', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 50 }), async (parts, cut) => {
        const file = await collect(compress(parts, { level: 3 }));
        const cuts: Uint8Array[] = [];
        for (let at = 0; at < file.length; at += cut) cuts.push(file.subarray(at, at + cut));
        expect(await collect(decompress(cuts, { maxSize: 10_000 }))).toEqual(concatBytes(...parts));
      }),
      { numRuns: 50 },
    );
  });

  it('writes frames with content size and checksum that the zstd tool finds sound', async (context) => {
    if (!requireTool('zstd', context)) return;
    for (const content of [new Uint8Array(0), text(1), text(300_000), new Uint8Array(randomBytes(70_000))]) {
      const file = await pack(content);
      expect(tool('zstd', ['-dc'], file)).toEqual(content);
      expect(file[4]! & 4, 'Content_Checksum_flag').toBe(4);
      const broken = file.slice();
      broken[broken.length - 1]! ^= 1;
      expect(() => tool('zstd', ['-dc'], broken)).toThrow();
      await expect(unpack(broken)).rejects.toThrow(/checksum is wrong/);
    }
  });

  it('cuts large input into frames that the zstd tool joins', async (context) => {
    if (!requireTool('zstd', context)) return;
    const block = text(MIB);
    const pieces = Array.from({ length: 33 }, () => block);
    const frames: Uint8Array[] = [];
    for await (const frame of compress(pieces, { level: 1 })) frames.push(frame);
    expect(frames).toHaveLength(3);
    const file = concatBytes(...frames);
    const content = concatBytes(...pieces);
    expect(content.length).toBeGreaterThan(CHUNK_BYTES);
    expect(Buffer.compare(tool('zstd', ['-dc'], file), content)).toBe(0);
    expect(Buffer.compare(await unpack(file), content)).toBe(0);
  });

  it('tells of each frame where its content stands, if it does so as it is', async () => {
    const noise = new Uint8Array(randomBytes(300_000));
    const skipped = fromHex('502a4d1803000000010203');
    const file = concatBytes(await pack(text(5000)), skipped, await pack(noise));
    const frames: { content: Uint8Array; raw: Uint8Array | undefined }[] = [];
    const all = decompress([file], {
      maxSize: 1e6,
      onFrame(content, raw) {
        const pieces = raw?.map(({ at, length }) => file.subarray(at, at + length));
        frames.push({ content: content.slice(), raw: pieces && concatBytes(...pieces) });
      },
    });
    await collect(all);
    expect(frames.map(({ content }) => content.length)).toEqual([5000, 300_000]);
    expect(frames[0]!.raw).toBeUndefined();
    expect(Buffer.compare(frames[1]!.raw!, noise)).toBe(0);
  });

  it('spends no level on what does not compress: blocks as they are', async () => {
    for (const length of [1000, 128 * 1024, 2 * MIB + 1]) {
      const noise = new Uint8Array(randomBytes(length));
      const file = await pack(noise);
      expect(file).toHaveLength(9 + length + 3 * Math.ceil(length / (128 * 1024)) + 4);
      expect(Buffer.compare(await unpack(file), noise)).toBe(0);
    }
  });

  it('takes the full level where a part of a chunk compresses', async () => {
    const content = concatBytes(new Uint8Array(randomBytes(2 * MIB)), text(MIB / 2));
    expect((await pack(content)).length).toBeLessThan(2.1 * MIB);
  });

  it('has the checksum of the specification', async () => {
    const { checksum } = await loadZstd();
    // XXH64 of these is ef46db3751d8e999, d24ec4f1a98c6e5b and 44bc2cf5ad770999
    expect(['', 'a', 'abc'].map((content) => checksum(utf8Encode(content)))).toEqual([
      0x51d8e999, 0xa98c6e5b, 0xad770999,
    ]);
  });

  it('is read by zstd-codec, an independent build', async () => {
    const { ZstdCodec } = createRequire(import.meta.url)('zstd-codec') as {
      ZstdCodec: { run(ready: (zstd: { Simple: new () => SimpleDecoder }) => void): void };
    };
    const simple = await new Promise<SimpleDecoder>((resolve) => {
      ZstdCodec.run((zstd) => resolve(new zstd.Simple()));
    });
    for (const content of [text(1), text(400_000)]) {
      expect(simple.decompress(await pack(content))).toEqual(content);
    }
  });

  it('gives up its input when the reader stops', async () => {
    let closed = false;
    async function* endless() {
      try {
        for (;;) yield text(CHUNK_BYTES / 8);
      } finally {
        closed = true;
      }
    }
    for await (const frame of compress(endless(), { level: 1 })) {
      expect(frame.length).toBeGreaterThan(0);
      break;
    }
    expect(closed).toBe(true);
  });
});

describe('zstd decompression', () => {
  it('reads single frames of the zstd tool: with and without a size, large windows', async (context) => {
    if (!requireTool('zstd', context)) return;
    const content = text(9 * MIB);
    const variants = [
      ['-c', '-1'],
      ['-c', '-3', '--no-check'],
      ['-c', '--fast=5', '--long=27'],
      ['-c', '-1', `--stream-size=${content.length}`],
      ['-c', '-1', '-B1MiB', '-T2'],
    ];
    for (const args of variants) {
      expect(Buffer.compare(await unpack(tool('zstd', args, content)), content), args.join(' ')).toBe(0);
    }
    expect(await unpack(tool('zstd', ['-c', '-19'], new Uint8Array(0)))).toHaveLength(0);
  });

  it('refuses a window above its limit', async (context) => {
    if (!requireTool('zstd', context)) return;
    const file = tool('zstd', ['-c', '-1', '--long=28'], text(MIB));
    await expect(unpack(file)).rejects.toThrow(/window of 268435456 bytes is too large/);
  });

  it('leaves out skippable frames, huge declared ones included', async () => {
    const skippable = fromHex('502a4d18030000000102035f2a4d1800000000');
    const file = concatBytes(skippable, await pack(text(50)), skippable, await pack(text(20)), skippable);
    expect(await unpack(file)).toEqual(concatBytes(text(50), text(20)));
    await expect(unpack(fromHex('502a4d18ffffffff00'))).rejects.toThrow(/cut off/);
  });

  it('is content with exactly the size allowed', async () => {
    const content = text(3 * 1000);
    expect(await unpack(await pack(content), content.length)).toEqual(content);
    await expect(unpack(await pack(content), content.length - 1)).rejects.toThrow(/more than the 2999 bytes/);
    const two = concatBytes(await pack(content), await pack(content));
    await expect(unpack(two, 2 * content.length - 1)).rejects.toThrow(/more than the 5999 bytes/);
  });

  it('refuses bombs without a declared size', async () => {
    const blocks = Array.from({ length: 1000 }, (_, i) => rleBlock(128 * 1024, i === 999));
    const bomb = frameOf(...blocks);
    expect(await unpack(bomb)).toHaveLength(1000 * 128 * 1024);
    await expect(unpack(bomb, MIB)).rejects.toThrow(/more than 1048576 bytes/);
    const large = frameOf(...Array.from({ length: 1025 }, (_, i) => rleBlock(128 * 1024, i === 1024)));
    await expect(unpack(large, 1e10)).rejects.toThrow(`more than ${MAX_FRAME_CONTENT} bytes`);
  });

  it('takes no memory for a size that the blocks cannot hold', async () => {
    const declared = (sizeHex: string, descriptor: string) =>
      concatBytes(fromHex(`28b52ffd${descriptor}${sizeHex}`), rleBlock(5, true));
    await expect(unpack(declared('00000008', 'a0'))).rejects.toThrow(
      'declares 134217728 bytes, its blocks hold at most 5',
    );
    await expect(unpack(declared('01000008', 'a0'))).rejects.toThrow(/134217729 bytes is too large/);
    await expect(unpack(declared('ffffffffffffffff', 'e0'))).rejects.toThrow(/too large/);
    await expect(unpack(declared('ffffffff00000000', 'e0'))).rejects.toThrow(/too large/);
    await expect(unpack(declared('04000000', 'a0'))).rejects.toThrow(/block of 5 bytes where 4 is the most/);
    expect(await unpack(declared('05000000', 'a0'))).toEqual(new Uint8Array(5).fill(7));
  });

  it('refuses what RFC 8878 reserves, dictionaries, and what is no zstd', async () => {
    await expect(unpack(fromHex('28b52ffd0838010000'))).rejects.toThrow(/reserved bit/);
    await expect(unpack(frameOf(blockHeader(3, 5, true)))).rejects.toThrow(/reserved type/);
    await expect(unpack(frameOf(blockHeader(0, 128 * 1024 + 1, true)))).rejects.toThrow(/131072 is the most/);
    await expect(unpack(fromHex('28b52ffd213705010000'))).rejects.toThrow(/dictionary 55/);
    await expect(unpack(utf8Encode('<!DOCTYPE html>'))).rejects.toThrow(
      /not zstd: it begins with 3c 21 44 4f/,
    );
    await expect(unpack(new Uint8Array(0))).rejects.toThrow(/cut off/);
    await expect(unpack(concatBytes(await pack(text(5)), utf8Encode('tail')))).rejects.toThrow(
      /after 1 frames/,
    );
  });

  it('says that a file is cut off, wherever it is', async () => {
    const file = await pack(text(500));
    for (let length = 0; length < file.length; length++) {
      await expect(unpack(file.subarray(0, length))).rejects.toThrow(/cut off/);
    }
  });

  it('throws nothing but ZstdError on random and mutated bytes, and works on', async () => {
    const small = await pack(text(2000));
    const noisy = await pack(new Uint8Array(randomBytes(600)));
    const stream = frameOf(rleBlock(1000, false), concatBytes(blockHeader(0, 3, true), text(3)));
    const magic = fromHex('28b52ffd');
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(small, noisy, stream),
        mutations,
        fc.uint8Array({ maxLength: 200 }),
        async (file, changes, random) => {
          const mutated = file.slice();
          for (const [at, value] of changes) mutated[at % mutated.length] = value;
          await onlyZstdError(unpack(mutated, 10 * MIB));
          await onlyZstdError(unpack(random));
          await onlyZstdError(unpack(concatBytes(magic, random)));
        },
      ),
      { numRuns: 400 },
    );
    expect(await unpack(small)).toEqual(text(2000));
  });

  it('passes on the error of its source', async () => {
    // biome-ignore lint/correctness/useYield: it fails before the first piece
    async function* failing(): AsyncGenerator<Uint8Array> {
      throw new RangeError('the disk is gone');
    }
    await expect(collect(decompress(failing(), { maxSize: 10 }))).rejects.toThrow(RangeError);
    await expect(collect(compress(failing(), { level: 3 }))).rejects.toThrow(RangeError);
  });
});
