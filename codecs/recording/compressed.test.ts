import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../fixtures/prng.js';
import { concatBytes } from '../bytes.js';
import { gunzip } from '../node/recordings/gunzip.js';
import { type RecordingInput, recordingInputs, UnreadableError } from '../node/recordings/recording-input.js';
import { PcapError } from '../pcap/index.js';
import { bytesOf } from '../pcap/testing.js';
import { compress } from '../zstd/index.js';
import { decompressed } from './index.js';

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece.slice());
  return concatBytes(...parts);
}

/** Each piece is valid until the next is asked for. */
async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) {
    const lent = bytes.slice(at, at + length);
    yield lent;
    lent.fill(0);
  }
}

const CONTENT = bytesOf(3000, 1);
const read = (file: Uint8Array, length = 1000) => gather(decompressed(inPieces(file, length), gunzip));

describe('compressed recordings', () => {
  it('are decompressed, in pieces of any length', async () => {
    const gzip = gzipSync(CONTENT);
    const zstd = await gather(compress([CONTENT], { level: 1 }));
    for (const file of [CONTENT, gzip, concatBytes(gzip, gzip), zstd, concatBytes(zstd, zstd)]) {
      const times = file === CONTENT || file === gzip || file === zstd ? 1 : 2;
      const expected = concatBytes(...Array.from({ length: times }, () => CONTENT));
      for (const length of [1, 5, 70_000]) expect(await read(new Uint8Array(file), length)).toEqual(expected);
    }
    expect(await read(new Uint8Array(0))).toEqual(new Uint8Array(0));
    expect(await read(Uint8Array.of(0x1f))).toEqual(Uint8Array.of(0x1f));
  });

  it('count as far as they go when gzip is cut off', async () => {
    const whole = new Uint8Array(gzipSync(CONTENT, { level: 0 }));
    const content = await read(whole.subarray(0, 2000));
    expect(content.length).toBeGreaterThan(1000);
    expect(content).toEqual(CONTENT.subarray(0, content.length));
  });

  it('name the format that is not read, and the command that helps', async () => {
    await expect(read(Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1))).rejects.toThrow(
      /with xz.*xz -dk FILE/,
    );
    await expect(read(Uint8Array.of(0x42, 0x5a, 0x68, 0x39, 0, 0))).rejects.toThrow(
      /with bzip2.*bzip2 -dk FILE/,
    );
  });

  it('throw nothing but PcapError when they are damaged', async () => {
    const small = bytesOf(500, 2);
    const files = [new Uint8Array(gzipSync(small)), await gather(compress([small], { level: 1 }))];
    const change = fc.tuple(fc.nat(499), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 3 }),
        async (file, changes) => {
          const damaged = file.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          await read(damaged).catch((error) => expect(error).toBeInstanceOf(PcapError));
        },
      ),
    );
  });
});

describe('recordings on the command line', () => {
  let work = '';
  const at = (name: string) => join(work, name);
  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'datacast-inputs-'));
  });
  afterAll(() => rmSync(work, { recursive: true }));
  const names = (inputs: readonly RecordingInput[]) => inputs.map(({ path }) => path);

  it('may be directories: the files in them, in natural order', async () => {
    mkdirSync(at('all/below'), { recursive: true });
    for (const name of ['10.pcap', '9.pcap', '.hidden', '1.pcap.gz'])
      writeFileSync(at(`all/${name}`), CONTENT);
    const inputs = await recordingInputs([at('all'), at('none')]);
    expect(names(inputs)).toEqual([at('all/1.pcap.gz'), at('all/9.pcap'), at('all/10.pcap'), at('none')]);
    let bytes = 0;
    expect(await gather(inputs[0]!.read((count) => (bytes += count)))).toEqual(CONTENT);
    expect(bytes).toBe(CONTENT.length);
  });

  it('may be longer than what is read ahead', async () => {
    // it does not compress: so long is the gzip file, too
    const content = createPrng(2).bytes(6_000_000);
    const zstd = await gather(compress([content], { level: 1 }));
    for (const [name, file] of [
      ['long.pcap', content],
      ['long.pcap.gz', gzipSync(content)],
      ['long.pcap.zst', zstd],
    ] as const) {
      writeFileSync(at(name), file);
      const [input] = await recordingInputs([at(name)]);
      expect(Buffer.compare(await gather(input!.read()), content), name).toBe(0);
    }
  });

  it('may be pipes', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const [input] = await recordingInputs([at('pipe')]);
    expect(input).toMatchObject({ isPipe: true, size: 0 });
    execFileSync('sh', ['-c', 'gzip < "$1" > "$2" &', 'sh', at('all/9.pcap'), at('pipe')], {
      stdio: 'ignore',
    });
    expect(await gather(input!.read())).toEqual(CONTENT);
    expect(await recordingInputs(['-'])).toMatchObject([{ path: 'standard input', isPipe: true }]);
  });

  it('say why they cannot be read', async () => {
    mkdirSync(at('empty'));
    const [none, empty] = await recordingInputs([at('none'), at('empty')]);
    await expect(gather(none!.read())).rejects.toThrow(`${at('none')} does not exist.`);
    await expect(gather(none!.read())).rejects.toThrow(UnreadableError);
    await expect(gather(empty!.read())).rejects.toThrow('holds no recording');
  });
});
