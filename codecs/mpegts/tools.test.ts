import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { testPublisher, testSession } from '../../receiver/testing.js';
import { concatBytes, toHex } from '../bytes.js';
import { loadFecSchemes } from '../fec/index.js';
import { nodeCrypto } from '../node/crypto.js';
import type { UdpFlow } from '../pcap/index.js';
import { createTransportStreamWriter, type TransportStreamOptions } from './index.js';
import { FLOW4, FLOW6, ipPacket } from './testing.js';

/** tshark takes our transport streams apart: TS, MPE, IP, UDP, ALC. */

let work = '';
let datagrams: Uint8Array[] = [];

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-mpegts-'));
  const schemes = await loadFecSchemes();
  const publisher = await testPublisher(nodeCrypto, 1);
  const object = new Uint8Array(30_000);
  for (let at = 0; at < object.length; at += 32) {
    object.set(
      createHash('sha256')
        .update(String(at))
        .digest()
        .subarray(0, object.length - at),
      at,
    );
  }
  const session = await testSession({ crypto: nodeCrypto, schemes, publisher, object, symbolSize: 604 });
  const symbols = await session.symbols(0, 0, 80);
  datagrams = [await session.fdt(), ...symbols, await session.fdt()];
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A recording of the session, a datagram every 5 ms: 1.1 Mbit/s. */
function record(name: string, flow: UdpFlow, options: TransportStreamOptions): string {
  const writer = createTransportStreamWriter(options);
  const blocks = datagrams.flatMap((datagram, i) => [
    ...writer.push(ipPacket(datagram, flow), BigInt(i) * 5_000_000n),
  ]);
  const path = join(work, name);
  writeFileSync(path, concatBytes(...blocks, writer.end()));
  return path;
}

/** ALC on port 4001; checksums and CRCs are verified. */
const PREFERENCES = [
  ...['-d', 'udp.port==4001,alc', '-o', 'mpeg_sect.verify_crc:TRUE'],
  ...['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'],
];

function tshark(path: string, ...args: string[]): string {
  return execFileSync('tshark', ['-r', path, ...PREFERENCES, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

const CRC_STATUS = 'mpeg_sect.crc.status';
/** What tshark says of a checksum that it found right. */
const GOOD = '1';

describe('tshark dissects', () => {
  it.for([
    ['IPv4, as short as it can be', FLOW4, {}],
    ['IPv4 at a constant bit rate', FLOW4, { tsRate: 2_000_000 }],
    [
      'IPv6, other PIDs, a name beyond ASCII',
      FLOW6,
      { pids: { pmt: 0x30, data: 0x1ffd }, serviceName: '소식' },
    ],
  ] as const)('%s', ([name, flow, options], context) => {
    if (!requireTool('tshark', context)) return;
    const path = record(`${name}.ts`, flow, options);
    // Wireshark's severities: 0x400000 is a note, 0x600000 a warning
    const faults = '_ws.malformed or _ws.expert.severity >= 0x600000';
    expect(tshark(path, '-2', '-Y', faults)).toBe('');
    const fields = ['rmt-lct.toi', 'udp.payload', 'udp.checksum.status', 'dvb_data_mpe.dst_mac', CRC_STATUS];
    const wanted = fields.flatMap((field) => ['-e', field]);
    const lines = tshark(path, '-T', 'fields', '-E', 'aggregator=,', ...wanted).split('\n');
    // several datagrams may end in one packet
    const [toi, payloads, checksums, addresses, crcs] = fields.map((_, column) =>
      lines.flatMap((line) => (line.split('\t')[column] || undefined)?.split(',') ?? []),
    );
    expect(toi!.length).toBe(datagrams.length);
    expect(payloads!.map((hex) => hex.replaceAll(':', ''))).toEqual(datagrams.map(toHex));
    expect(new Set(checksums)).toEqual(new Set([GOOD]));
    expect(new Set(addresses)).toEqual(new Set([flow === FLOW4 ? '01:00:5e:01:03:04' : '33:33:12:34:56:78']));
    expect(new Set(crcs)).toEqual(new Set([GOOD]));
    // one for each datagram, and those of the tables
    expect(crcs!.length).toBeGreaterThan(datagrams.length);
  });
});
