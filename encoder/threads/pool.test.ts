import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { CliError } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { chunkMemory, decompress } from '../../codecs/zstd/index.js';
import type { CompressJob } from '../content/compress-job.js';
import { COMPRESS } from '../content/jobs.js';
import { createKeys, loadKeys } from '../keys/keys.js';
import { encode } from '../recording/encode.js';
import type { EncodeOptions } from '../recording/encode-options.js';
import { REPAIR } from '../recording/jobs.js';
import { inOrder, withPool } from './pool.js';

const NOW = Date.UTC(2026, 5, 1, 12);
/** A part of two chunks for zstd and of several source blocks of short symbols; the others are small. */
const BYTES = 14_000_000;
const SMALL_FILES = 30;

let work: string;
let content: string;
let out: string;
let options: EncodeOptions;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-pool-'));
  content = join(work, 'content');
  out = join(work, 'out.pcap');
  mkdirSync(content);
  writeFileSync(join(content, 'film.mp4'), randomBytes(BYTES));
  for (let i = 0; i < SMALL_FILES; i++) {
    writeFileSync(join(content, `${i}.jpg`), randomBytes(40_000));
    writeFileSync(join(content, `${i}.html`), `<p>${i}</p>`.repeat(1000 * i));
  }
  await createKeys(join(work, 'keys'), nodeCrypto, { now: NOW });
  options = {
    keys: await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), NOW),
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    fec: 'raptorq',
    level: 1,
    mtu: 1000,
    authDepth: 5,
    sequence: 7,
    order: 'sequence',
    fluteVersion: 2,
    rate: 1e6,
    now: NOW,
    onProgress: () => {},
    repair: { kind: 'fraction', fraction: 0.05 },
    destination: { address: '239.255.0.1', port: 4001 },
  };
});
afterAll(() => rmSync(work, { recursive: true }));

function chunkOf(text: string): CompressJob {
  const memory = chunkMemory(200_000);
  memory.set(Buffer.from(text));
  return { memory, length: text.length };
}

describe('encode', () => {
  it('writes the same bytes with any number of threads', async () => {
    const recordings: Buffer[] = [];
    for (const jobs of [1, 2, 3]) {
      await encode(content, out, { ...options, jobs });
      recordings.push(readFileSync(out));
    }
    for (const recording of recordings.slice(1)) expect(recording.equals(recordings[0]!)).toBe(true);
  });

  it('ends its threads when it is interrupted, and leaves what was there', async () => {
    writeFileSync(out, 'an older recording');
    const before = readdirSync(work);
    for (const at of ['Compressing', 'Coding', 'Signing']) {
      const interruption = new AbortController();
      const onProgress = (stage: string) => {
        if (stage === at) interruption.abort(new Error(`stop at ${at}`));
      };
      const stopped = encode(content, out, {
        ...options,
        jobs: 2,
        onProgress,
        interrupted: interruption.signal,
      });
      await expect(stopped).rejects.toThrow(`stop at ${at}`);
      expect(readFileSync(out, 'utf8')).toBe('an older recording');
      expect(readdirSync(work)).toEqual(before);
    }
  });
});

describe.each([0, 2])('pool of %i threads', (threads) => {
  it('yields results in the order of the inputs', async () => {
    const texts = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(1 + ((7 * i) % 9) * 20_000));
    const frames: string[] = [];
    await withPool(COMPRESS, { level: 1 }, { threads }, async (pool) => {
      for await (const frame of inOrder(pool, texts.map(chunkOf))) {
        const parts: Uint8Array[] = [];
        for await (const part of decompress([frame], { maxSize: 1_000_000 })) parts.push(part.slice());
        frames.push(Buffer.concat(parts).toString());
      }
    });
    expect(frames).toEqual(texts);
  });

  it('passes on what went wrong in the words of the job', async () => {
    const block = { sbn: 9, offset: 0, byteLength: 0, sourceSymbols: 1 };
    const parameters = {
      encodingId: 6,
      transferLength: 100,
      symbolSize: 100,
      sourceBlocks: 1,
      subBlocks: 1,
      alignment: 4,
    };
    const none = { descriptor: 1_000_000, path: '/none' };
    const run = (byteLength: number) =>
      withPool(REPAIR, { objects: none, repair: none }, { threads }, (pool) =>
        pool.run({ parameters, objectPosition: 0, block: { ...block, byteLength }, count: 1, position: 0 }),
      );
    // An error of the operating system keeps its code and path.
    await expect(run(5)).rejects.toMatchObject({ code: 'EBADF', syscall: 'read', path: '/none' });
    const ours = await run(0).catch((error: unknown) => error);
    expect((ours as Error).message).toMatch(/^[A-Z].*block.*\.$/);
    if (threads > 0) expect(ours).toBeInstanceOf(CliError);
  });

  it('does not begin when it is interrupted already', async () => {
    const interrupted = AbortSignal.abort(new Error('Too late.'));
    const begun = withPool(COMPRESS, { level: 1 }, { threads, interrupted }, async () => {});
    await expect(begun).rejects.toThrow('Too late.');
  });
});
