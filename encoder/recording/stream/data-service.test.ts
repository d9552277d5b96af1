import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../../bench/channel/index.js';
import { loadFecSchemes } from '../../../codecs/fec/index.js';
import { createTransportStreamReader } from '../../../codecs/mpegts/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createPcapReader } from '../../../codecs/pcap/index.js';
import { createKeys, loadKeys } from '../../keys/keys.js';
import { encode } from '../encode.js';
import type { EncodeOptions } from '../encode-options.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const RATE = 1_000_000;

let work: string;
let options: EncodeOptions;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-stream-'));
  writeFileSync(join(work, 'content.bin'), createPrng(3).bytes(2_000_000));
  await createKeys(join(work, 'keys'), nodeCrypto, { now: NOW });
  options = {
    keys: await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), NOW),
    crypto: nodeCrypto,
    schemes: await loadFecSchemes(),
    fec: 'raptorq',
    level: 1,
    mtu: 1500,
    authDepth: 5,
    sequence: 7,
    order: 'sequence',
    fluteVersion: 2,
    rate: RATE,
    now: NOW,
    onProgress: () => {},
    repair: { kind: 'fraction', fraction: 0.05 },
    destination: { address: '239.255.0.1', port: 4001 },
  };
});
afterAll(() => rmSync(work, { recursive: true }));

function read(path: string, reader = createTransportStreamReader()) {
  const datagrams = [...reader.push(readFileSync(path)), ...reader.end()];
  return { payloads: datagrams.map(({ payload }) => Buffer.from(payload)), counters: reader.counters };
}

describe('encoding to a transport stream', () => {
  it.each([undefined, 1_100_000])('carries the datagrams of the recording, at %s bit/s', async (tsRate) => {
    const [pcap, ts] = [join(work, 'out.pcap'), join(work, 'out.ts')];
    await encode(join(work, 'content.bin'), pcap, options);
    const report = await encode(join(work, 'content.bin'), ts, {
      ...options,
      jobs: 2,
      stream: { service: 'data', tsRate },
    });
    const expected = createPcapReader().push(readFileSync(pcap));
    const { payloads, counters } = read(ts);
    expect(Buffer.concat(payloads).equals(Buffer.concat(expected.map(({ payload }) => payload)))).toBe(true);
    expect(payloads).toHaveLength(expected.length);
    expect(report.recording).toEqual({ path: ts, bytes: 188 * counters.packets });
    if (tsRate === undefined) return expect(counters.nullPackets).toBe(0);
    // The stream takes the airtime of its content, to a packet or so.
    const seconds = (188 * 8 * counters.packets) / tsRate;
    expect(Math.abs(seconds - report.airtimeSeconds)).toBeLessThan(0.05);
  });

  it('leaves what was there when the rate is too low for the content', async () => {
    const out = join(work, 'slow.ts');
    writeFileSync(out, 'an older stream');
    const slow = encode(join(work, 'content.bin'), out, {
      ...options,
      stream: { service: 'data', tsRate: 900_000 },
    });
    await expect(slow).rejects.toThrow(/transport stream of 900000 bit\/s is too slow.*needs about/);
    expect(readFileSync(out, 'utf8')).toBe('an older stream');
    expect(readdirSync(work).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
