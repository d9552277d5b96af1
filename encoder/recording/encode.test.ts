import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AlcPacket, findExtension, HET, parseAlc } from '../../codecs/alc/index.js';
import {
  createRootCache,
  FDT_OBJECT_ID,
  objectIdOf,
  parseCertExtension,
  type UplinkCertificate,
  verifyCertificate,
  verifyDatagram,
} from '../../codecs/auth/index.js';
import { readBundle } from '../../codecs/bundle/index.js';
import { concatBytes } from '../../codecs/bytes.js';
import {
  FDT_NAMESPACE_V1,
  FDT_NAMESPACE_V2,
  type Fdt,
  type FdtFile,
  parseFdt,
} from '../../codecs/fdt/index.js';
import { type BlockDecoder, type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import {
  type PublicKey,
  parsePublicKey,
  parseSignature,
  verifySignature,
} from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { readPcap, type UdpDatagram } from '../../codecs/pcap/index.js';
import { decompress } from '../../codecs/zstd/index.js';
import { requireTool } from '../../fixtures/tools.js';
import { createKeys, KEY_FILES, type Keys, loadKeys } from '../keys/keys.js';
import { encode } from './encode.js';
import type { EncodeOptions } from './encode-options.js';

const NOW = Date.UTC(2026, 5, 1, 12);
const SEQUENCE = 70_000;

let work: string;
let content: string;
let out: string;
let keys: Keys;
let trusted: PublicKey;
let schemes: FecSchemes;
const checkedRoots = createRootCache();

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
  const datagrams: UdpDatagram[] = [];
  for await (const datagram of readPcap([new Uint8Array(readFileSync(file))])) datagrams.push(datagram);
  const packets = datagrams.map(({ payload }) => parseAlc(payload, schemes));
  return { file, report, datagrams, packets };
}

/** A receiver in its barest form: every datagram's signature is checked, nothing is left out. */
async function receive(datagrams: readonly UdpDatagram[]) {
  const packets = datagrams.map(({ payload }) => ({ payload, packet: parseAlc(payload, schemes) }));
  const tables = packets.filter(({ packet }) => packet.lct.toi === 0);
  const certificate = certificateOf(tables[0]!.packet, tables[0]!.payload);
  expect(await verifyCertificate(nodeCrypto, certificate, [trusted])).toEqual(trusted);
  for (const { packet, payload } of tables) await expectSigned(certificate, packet, payload, FDT_OBJECT_ID);
  const fdt = receiveTable(tables.map(({ packet }) => packet));

  const file = fdt.files[0]!;
  const object = new Uint8Array(file.transferLength!);
  const scheme = schemes.get(file.fec.encodingId!)!;
  const parameters = scheme.parametersFrom(file.fec.attributes, file.transferLength!);
  const blocks = scheme.blocks(parameters);
  const decoders = blocks.map((block) => scheme.createBlockDecoder(parameters, block));
  for (const { packet, payload } of packets) {
    if (packet.lct.toi !== file.toi) continue;
    await expectSigned(certificate, packet, payload, objectIdOf(file.sha256!));
    expect(decoders[packet.payloadId!.sbn]!.add(packet.payloadId!.esi, packet.payload)).toBe(true);
  }
  for (const [index, decoder] of decoders.entries()) {
    expect(decoder.tryDecode()).toBe(true);
    object.set(decoder.data(), blocks[index]!.offset);
    decoder.free();
  }
  return { fdt, file, object };
}

function certificateOf({ lct }: AlcPacket, payload: Uint8Array): UplinkCertificate {
  const { offset, length } = findExtension(lct, HET.CERT)!;
  return parseCertExtension(payload.subarray(offset, offset + length));
}

async function expectSigned(
  certificate: UplinkCertificate,
  { lct, authOffset }: AlcPacket,
  payload: Uint8Array,
  objectId: Uint8Array,
): Promise<void> {
  const { uplinkPublicKey, tsi } = certificate;
  expect(lct.tsi).toBe(tsi);
  expect(
    await verifyDatagram(nodeCrypto, uplinkPublicKey, tsi, payload, authOffset!, objectId, checkedRoots),
  ).toBe(true);
}

function receiveTable(packets: readonly AlcPacket[]): Fdt {
  const { lct, fti } = packets[0]!;
  const scheme = schemes.get(lct.codepoint)!;
  const decoder: BlockDecoder = scheme.createBlockDecoder(fti!, scheme.blocks(fti!)[0]!);
  for (const { payloadId, payload } of packets) {
    decoder.add(payloadId!.esi, payload);
    if (decoder.tryDecode()) break;
  }
  return parseFdt(decoder.data());
}

/** Files and directories with their digests, as they are on disk. */
function listing(directory: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const digest = entry.isFile()
      ? createHash('sha256').update(readFileSync(path)).digest('hex')
      : 'directory';
    found.set(path.slice(directory.length + 1), digest);
  }
  return found;
}

async function unpack(object: Uint8Array): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const archive = decompress([object], { maxSize: 1e9 });
  for await (const item of readBundle(archive, { crypto: nodeCrypto, maxSize: 1e9, maxEntries: 1000 })) {
    const parts: Uint8Array[] = [];
    for await (const part of item.content) parts.push(part);
    const digest = createHash('sha256')
      .update(concatBytes(...parts))
      .digest('hex');
    found.set(item.path, item.kind === 'file' ? digest : 'directory');
  }
  return found;
}

async function expectGenuine(file: FdtFile, object: Uint8Array, name: string): Promise<void> {
  expect(nodeCrypto.sha256(object)).toEqual(file.sha256);
  const signature = parseSignature(file.signature!);
  expect(await verifySignature(nodeCrypto, trusted, signature, { content: object })).toBe(true);
  expect(signature.trustedComment).toBe(`datacast sequence:${SEQUENCE} name:${name}`);
}

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
    let state = 1;
    const arrived = datagrams.filter(() => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647 >= loss;
    });
    const { fdt, file, object } = await receive(arrived);
    await expectGenuine(file, object, '소식 news');
    expect(await unpack(object)).toEqual(listing(content));
    expect(fdt.namespace).toBe(changes.fluteVersion === 1 ? FDT_NAMESPACE_V1 : FDT_NAMESPACE_V2);
    expect(file).toMatchObject({
      toi: 4465,
      sequence: SEQUENCE,
      contentLocation: '%EC%86%8C%EC%8B%9D%20news.tar.zst',
      contentEncoding: 'zstd',
      contentLength: report.content.archiveBytes,
      transferLength: report.object.bytes,
    });
    const { total, ...parts } = report.packetBytes;
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
  });

  it('rebuilds the object from repair symbols alone', async () => {
    const { datagrams } = await record('repair', { repair: { kind: 'fraction', fraction: 1.1 } });
    const source = (await receive(datagrams)).object;
    const k = Math.ceil(source.length / 1388);
    const repairOnly = datagrams.filter(({ payload }) => {
      const { lct, payloadId } = parseAlc(payload, schemes);
      return lct.toi === 0 || payloadId!.esi >= k;
    });
    expect(repairOnly.length).toBeLessThan(datagrams.length - k + 1);
    expect((await receive(repairOnly)).object).toEqual(source);
  });

  it('interleaves several source blocks', async () => {
    const large = join(work, 'large.bin');
    // Symbols of 352 bytes make blocks of 5.8 MB.
    writeFileSync(large, randomBytes(13_000_000));
    const { report, datagrams, packets } = await record('blocks', { mtu: 576, authDepth: 7 }, large);
    expect(report.code).toMatchObject({ sourceBlocks: 3, symbolSize: 352 });
    const order = packets.filter(({ lct }) => lct.toi !== 0).map(({ payloadId }) => payloadId!);
    const source = order.slice(0, report.code.sourceSymbols);
    expect(source.every(({ sbn, esi }) => esi < Math.ceil(report.code.sourceSymbols / 3) && sbn < 3)).toBe(
      true,
    );
    for (let start = 0; start + 300 < order.length; start += 1000) {
      for (const sbn of [0, 1, 2]) {
        const hit = order.slice(start, start + 300).filter((id) => id.sbn === sbn).length;
        expect(Math.abs(hit - 100)).toBeLessThanOrEqual(1);
      }
    }
    const lossy = datagrams.filter((_, index) => index % 20 !== 7);
    const { file, object } = await receive(lossy);
    await expectGenuine(file, object, 'large.bin');
  });

  it('begins and ends with the table and spreads it evenly', async () => {
    const { report, packets } = await record('table', { repair: { kind: 'loss', loss: 0.5 } });
    const at = packets.flatMap(({ lct }, index) => (lct.toi === 0 ? [index] : []));
    expect(at).toHaveLength(report.datagrams.fdt);
    // 0.5 ** 17 < 1e-5
    expect(at.length).toBeGreaterThanOrEqual(17);
    expect(at[0]).toBe(0);
    expect(at.at(-1)).toBe(packets.length - 1);
    const gaps = at.slice(1).map((index, i) => index - at[i]!);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(2);
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
    const { object } = await receive(datagrams);
    expect([...(await unpack(object)).keys()]).toEqual(['word.txt']);
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
