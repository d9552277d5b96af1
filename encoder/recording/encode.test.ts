import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAlc } from '../../codecs/alc/index.js';
import { FDT_NAMESPACE_V1, FDT_NAMESPACE_V2 } from '../../codecs/fdt/index.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { type PublicKey, parsePublicKey } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import { requireTool } from '../../fixtures/tools.js';
import { createKeys, KEY_FILES, type Keys, loadKeys } from '../keys/keys.js';
import { encode } from './encode.js';
import type { EncodeOptions } from './encode-options.js';
import { datagramsIn, filesOf, lose, receive as receiveFrom } from './testing.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const SEQUENCE = 70_000;

let work: string;
let content: string;
let out: string;
let keys: Keys;
let trusted: PublicKey;
let schemes: FecSchemes;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-encode-'));
  out = join(work, 'out');
  content = join(work, '소식 news');
  mkdirSync(join(content, '그림', 'empty directory'), { recursive: true });
  mkdirSync(out);
  writeFileSync(join(content, 'index.html'), '<h1>소식</h1>'.repeat(500));
  writeFileSync(join(content, '그림', '사진.bin'), randomBytes(100_000));
  writeFileSync(join(content, 'empty'), '');
  await createKeys(join(work, 'keys'), nodeCrypto, { now: NOW });
  keys = await loadKeys(join(work, 'keys'), nodeCrypto, () => Promise.reject(new Error()), NOW);
  trusted = parsePublicKey(readFileSync(join(work, 'keys', KEY_FILES.publisherPublic), 'utf8'));
  schemes = await loadFecSchemes();
});
afterAll(() => rmSync(work, { recursive: true }));

function optionsWith(changes: Partial<EncodeOptions> = {}): EncodeOptions {
  return {
    keys,
    crypto: nodeCrypto,
    schemes,
    fec: 'raptorq',
    level: 3,
    mtu: 1500,
    authDepth: 0,
    sequence: SEQUENCE,
    order: 'sequence',
    fluteVersion: 2,
    rate: 1e6,
    now: NOW,
    onProgress: () => {},
    repair: { kind: 'loss', loss: 0.1 },
    destination: { address: '239.255.0.1', port: 4001 },
    ...changes,
  };
}

async function record(name: string, changes: Partial<EncodeOptions> = {}, path = content) {
  const file = join(out, `${name}.pcap`);
  const report = await encode(path, file, optionsWith(changes));
  const datagrams = await datagramsIn(file);
  const packets = datagrams.map(({ payload }) => parseAlc(payload, schemes));
  return { file, report, datagrams, packets };
}

const receive = (datagrams: readonly UdpDatagram[]) => receiveFrom(datagrams, schemes, trusted);

describe('encode', () => {
  it.each<[string, Partial<EncodeOptions>, number]>([
    ['the defaults', {}, 0.05],
    ['a tenth lost', { authDepth: 3, repair: { kind: 'loss', loss: 0.2 } }, 0.1],
    ['half lost', { repair: { kind: 'fraction', fraction: 1.5 } }, 0.5],
    ['short packets and a large batch', { mtu: 576, authDepth: 7 }, 0.05],
    ['long packets', { mtu: 9000 }, 0],
    ['IPv6', { destination: { address: 'ff15::1', port: 5000 } }, 0.05],
    ['no code, FLUTE version 1', { fec: 'no-code', fluteVersion: 1 }, 0],
  ])('sends a directory that comes back: %s', async (name, changes, loss) => {
    const { report, datagrams } = await record(name, changes);
    const { tables, indexFile, index, complete, files } = await receive(lose(datagrams, loss));
    expect(complete).toEqual(index.parts);
    expect(files).toEqual(filesOf(content));
    for (const { namespace } of tables) {
      expect(namespace).toBe(changes.fluteVersion === 1 ? FDT_NAMESPACE_V1 : FDT_NAMESPACE_V2);
    }
    expect(index).toMatchObject({ name: '소식 news', sequence: SEQUENCE });
    expect(indexFile).toMatchObject({
      toi: report.index.toi,
      sequence: SEQUENCE,
      contentLocation: '%EC%86%8C%EC%8B%9D%20news.json.zst',
      contentEncoding: 'zstd',
      transferLength: report.index.bytes,
    });
    expect(report.parts.map(({ toi, ...part }) => part)).toEqual(index.parts);
    const { total, ...parts } = report.packetBytes;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
  });

  it('gives everything back from repair symbols alone', async () => {
    const { report, datagrams } = await record('repair', { repair: { kind: 'fraction', fraction: 2 } });
    const bytesOf = new Map([report.index, ...report.parts].map(({ toi, bytes }) => [toi, bytes]));
    const repairOnly = datagrams.filter(({ payload }) => {
      const { lct, payloadId, payload: symbol } = parseAlc(payload, schemes);
      return lct.toi === 0 || payloadId!.esi >= Math.ceil(bytesOf.get(lct.toi!)! / symbol.length);
    });
    expect(repairOnly.length).toBe(datagrams.length - report.datagrams.source);
    expect((await receive(repairOnly)).files).toEqual(filesOf(content));
  });

  it('interleaves several source blocks', async () => {
    const large = join(work, 'large.bin');
    // Symbols of 352 bytes make blocks of 1.4 MB.
    writeFileSync(large, randomBytes(4_000_000));
    const { report, datagrams, packets } = await record('blocks', { mtu: 576, authDepth: 7 }, large);
    expect(report.code).toMatchObject({ sourceBlocks: 1 + 3, symbolSize: 352 });
    const order = packets.filter(({ lct }) => lct.toi === report.parts[0]!.toi).map((p) => p.payloadId!);
    const blockSymbols = Math.ceil(report.parts[0]!.bytes / 352 / 3);
    const source = order.slice(0, 3 * (blockSymbols - 1));
    expect(source.every(({ sbn, esi }) => esi < blockSymbols && sbn < 3)).toBe(true);
    for (let start = 0; start + 300 < order.length; start += 1000) {
      for (const sbn of [0, 1, 2]) {
        const hit = order.slice(start, start + 300).filter((id) => id.sbn === sbn).length;
        expect(Math.abs(hit - 100)).toBeLessThanOrEqual(1);
      }
    }
    const { files } = await receive(datagrams.filter((_, index) => index % 20 !== 7));
    expect([...files.keys()]).toEqual(['large.bin']);
  });

  it('begins and ends with a table and spreads each evenly', async () => {
    const { report, datagrams, packets } = await record('table', { repair: { kind: 'loss', loss: 0.5 } });
    expect([packets[0]!.lct.toi, packets.at(-1)!.lct.toi]).toEqual([0, 0]);
    const sentBefore = new Map<number, number[]>();
    let objectBytes = 0;
    for (const [i, { lct, fdt }] of packets.entries()) {
      if (lct.toi !== 0) objectBytes += datagrams[i]!.payload.length + 28;
      else sentBefore.set(fdt!.instanceId, [...(sentBefore.get(fdt!.instanceId) ?? []), objectBytes]);
    }
    const tables = [...sentBefore.values()];
    expect(tables.flat()).toHaveLength(report.datagrams.fdt);
    for (const at of tables) {
      // 0.5 ** 14 < 1e-4
      expect(at.length).toBeGreaterThanOrEqual(14);
      const gaps = at.slice(1).map((position, i) => position - at[i]!);
      // a packet may be as long as that more or less
      expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(2 * 1500);
    }
  });

  it('fills packets to the MTU and never more', async () => {
    for (const [mtu, authDepth] of [
      [576, 0],
      [1500, 0],
      [1500, 4],
      [1501, 7],
    ] as const) {
      const { datagrams } = await record('mtu', { mtu, authDepth });
      const longest = Math.max(...datagrams.map(({ payload }) => payload.length + 28));
      expect(longest).toBeLessThanOrEqual(mtu);
      expect(longest).toBeGreaterThan(mtu - 4);
    }
  });

  it('paces the recording by the rate', async () => {
    const { report, datagrams } = await record('pace', { rate: 64_000 });
    let bits = 0;
    for (const { timestampNs, payload } of datagrams) {
      expect(Math.abs(Number(timestampNs) / 1e9 - NOW / 1000 - bits / 64_000)).toBeLessThan(1e-5);
      bits += 8 * (payload.length + 28);
    }
    expect(report.airtimeSeconds).toBeCloseTo(bits / 64_000);
    expect(report.packetBytes.total).toBe(bits / 8);
    expect(report.recording.bytes).toBe(readFileSync(report.recording.path).length);
  });

  it('makes the same bytes of the same input', async () => {
    const first = readFileSync((await record('first', { authDepth: 2 })).file);
    const second = readFileSync((await record('second', { authDepth: 2 })).file);
    expect(second.equals(first)).toBe(true);
    const later = readFileSync((await record('later', { authDepth: 2, now: NOW + 1000 })).file);
    expect(later.equals(first)).toBe(false);
  });

  it('sends a single file, however small', async () => {
    const file = join(work, 'word.txt');
    writeFileSync(file, '말');
    const { datagrams } = await record('word', {}, file);
    expect([...(await receive(datagrams)).files.keys()]).toEqual(['word.txt']);
  });

  it('leaves nothing but the recording', async () => {
    await record('tidy');
    expect(readdirSync(out).filter((name) => !name.endsWith('.pcap'))).toEqual([]);
  });

  it('stops where it is told to, and leaves what was there', async () => {
    const file = join(out, 'kept.pcap');
    writeFileSync(file, 'an older recording');
    for (const at of ['Compressing', 'Coding', 'Signing']) {
      const onProgress = (stage: string) => {
        if (stage === at) throw new Error(`stop at ${at}`);
      };
      await expect(encode(content, file, optionsWith({ onProgress }))).rejects.toThrow(`stop at ${at}`);
      expect(readFileSync(file, 'utf8')).toBe('an older recording');
      expect(readdirSync(out).filter((name) => !name.endsWith('.pcap'))).toEqual([]);
    }
  });
});

describe('tshark', () => {
  it.for<[string, Partial<EncodeOptions>]>([
    ['RaptorQ', {}],
    ['batches and IPv6', { authDepth: 4, destination: { address: 'ff15::1', port: 4001 } }],
    ['no code, FLUTE version 1', { fec: 'no-code', fluteVersion: 1 }],
  ])('dissects every datagram: %s', async ([name, changes], context) => {
    if (!requireTool('tshark', context)) return;
    const { file, datagrams } = await record(`tshark ${name}`, changes);
    const dissect = (filter: string) => {
      const args = ['-r', file, '-d', 'udp.port==4001,alc', '-Y', filter];
      const checks = ['-o', 'udp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
      const { status, stdout } = spawnSync('tshark', [...args, ...checks], { encoding: 'utf8' });
      expect(status).toBe(0);
      return stdout.split('\n').filter((line) => line !== '');
    };
    expect(dissect('alc')).toHaveLength(datagrams.length);
    expect(dissect('_ws.malformed || _ws.expert')).toEqual([]);
    expect(dissect('rmt-lct.toi == 0 && xml')).toHaveLength(
      datagrams.filter(({ payload }) => parseAlc(payload, schemes).lct.toi === 0).length,
    );
  });
});
