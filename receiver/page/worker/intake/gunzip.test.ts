import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../../../../codecs/bytes.js';
import { PcapError } from '../../../../codecs/pcap/index.js';
import { bytesOf } from '../../../../codecs/pcap/testing.js';
import { gunzip } from './gunzip.js';

const CONTENT = bytesOf(200_000, 1);

async function read(file: Uint8Array, length: number): Promise<Uint8Array> {
  async function* pieces() {
    for (let at = 0; at < file.length; at += length) yield file.subarray(at, at + length);
  }
  const parts: Uint8Array[] = [];
  for await (const piece of gunzip(pieces())) parts.push(piece);
  return concatBytes(...parts);
}

it('decompresses one member and several, in pieces of any length', async () => {
  const member = new Uint8Array(gzipSync(CONTENT));
  for (const length of [97, 100_000, 1 << 20]) {
    expect(equalBytes(await read(member, length), CONTENT)).toBe(true);
    const twice = await read(concatBytes(member, member), length);
    expect(equalBytes(twice, concatBytes(CONTENT, CONTENT))).toBe(true);
  }
});

it('says that it is damaged', async () => {
  const file = new Uint8Array(gzipSync(CONTENT));
  await expect(read(file.subarray(0, 500), 100)).rejects.toThrow(PcapError);
  await expect(read(bytesOf(500, 1), 100)).rejects.toThrow(PcapError);
});
