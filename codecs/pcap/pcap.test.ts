import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { concatBytes, fromHex, toHex } from '../bytes.js';
import {
  createPcapFlow,
  createPcapReader,
  LinkType,
  PcapError,
  pcapHeader,
  pcapRecord,
  readPcap,
  type UdpDatagram,
  type UdpFlow,
} from './index.js';
import { foldSum, sumWords } from './packet/checksum.js';
import { bytesOf, FLOW4, FLOW6, fileOf, packet, readAll, TIME } from './testing.js';

function onlyPcapError(work: () => void): void {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(PcapError);
  }
}

describe('Internet checksum', () => {
  it('agrees with the example of RFC 1071 section 3', () => {
    const bytes = fromHex('0001f203f4f5f6f7');
    expect(foldSum(sumWords(new DataView(bytes.buffer), 0, bytes.length))).toBe(0xddf2);
  });

  it('agrees with a sum of 16-bit words for any length and alignment', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), (bytes, shift) => {
        const shifted = concatBytes(new Uint8Array(shift), bytes);
        let plain = 0;
        for (let i = 0; i < bytes.length; i += 2) plain += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
        while (plain > 0xffff) plain = (plain & 0xffff) + (plain >>> 16);
        expect(foldSum(sumWords(new DataView(shifted.buffer), shift, bytes.length))).toBe(plain);
      }),
    );
  });

  it('does not overflow on the longest datagram', () => {
    const bytes = new Uint8Array(65535).fill(0xff);
    expect(foldSum(sumWords(new DataView(bytes.buffer), 0, 65534))).toBe(0xffff);
  });
});

describe('pcap writer', () => {
  it('writes a known IPv4 record', () => {
    const record = pcapRecord({ ...FLOW4, timestampNs: TIME, payload: fromHex('68656c6c6f') });
    expect(toHex(pcapHeader())).toBe('4d3cb2a10200040000000000000000000000040065000000');
    const known = [
      '00f1536515cd5b072100000021000000',
      '4500002100004000401187c9c0000201efff0102',
      '0fa09c95000d5cc968656c6c6f',
    ];
    expect(toHex(record)).toBe(known.join(''));
  });

  it('writes a checksum of all ones where it would be zero', () => {
    let found = 0;
    for (let i = 0; i < 65536 && found === 0; i++) {
      const record = pcapRecord({ ...FLOW4, timestampNs: 0n, payload: Uint8Array.of(i >> 8, i & 0xff) });
      if (record[16 + 26] === 0xff && record[16 + 27] === 0xff) {
        found++;
        expect(readAll(pcapHeader(), record).datagrams).toHaveLength(1);
      }
      expect(record[16 + 26]! | record[16 + 27]!).not.toBe(0);
    }
    expect(found).toBe(1);
  });

  it.each([
    [{ ...FLOW4, source: '::1' }, /both be IPv4/],
    [{ ...FLOW4, source: 'nowhere' }, /no IP address/],
    [{ ...FLOW4, sourcePort: 65536 }, /source port/],
    [{ ...FLOW4, destinationPort: 1.5 }, /destination port/],
  ])('refuses a flow it cannot write: %o', (flow, message) => {
    expect(() => createPcapFlow(flow)).toThrow(PcapError);
    expect(() => createPcapFlow(flow)).toThrow(message);
  });

  it('refuses payloads and times that do not fit', () => {
    const record = (flow: UdpFlow, length: number, timestampNs = TIME) =>
      pcapRecord({ ...flow, timestampNs, payload: new Uint8Array(length) });
    expect(record(FLOW4, 65507)).toHaveLength(16 + 65535);
    expect(() => record(FLOW4, 65508)).toThrow(PcapError);
    expect(record(FLOW6, 65527)).toHaveLength(16 + 40 + 65535);
    expect(() => record(FLOW6, 65528)).toThrow(PcapError);
    expect(() => record(FLOW4, 1, -1n)).toThrow(PcapError);
    expect(() => record(FLOW4, 1, 2n ** 32n * 1_000_000_000n)).toThrow(PcapError);
  });

  it('writes records that tshark finds sound, on both link types', (context) => {
    if (!requireTool('tshark', context)) return;
    const directory = mkdtempSync(join(tmpdir(), 'datacast-pcap-'));
    try {
      const lengths = [0, 1, 2, 3, 7, 8, 9, 511, 1399, 1472, 65507];
      for (const linkType of [LinkType.raw, LinkType.ethernet]) {
        const sent = [FLOW4, FLOW6].flatMap((flow) =>
          lengths.map((length) => ({ ...flow, timestampNs: TIME, payload: bytesOf(length, length) })),
        );
        const file = join(directory, `${linkType}.pcap`);
        writeFileSync(file, concatBytes(pcapHeader(linkType), ...sent.map((d) => pcapRecord(d, linkType))));
        const rows = tshark(file, [
          ...['frame.time_epoch', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'udp.srcport', 'udp.dstport'],
          ...[
            'udp.length',
            'ip.checksum.status',
            'udp.checksum.status',
            '_ws.malformed',
            'eth.dst',
            'udp.payload',
          ],
        ]);
        expect(rows).toHaveLength(sent.length);
        for (const [i, row] of rows.entries()) {
          const { source, destination, sourcePort, destinationPort, payload } = sent[i]!;
          const v4 = !source.includes(':');
          expect(row).toEqual([
            '1700000000.123456789',
            ...(v4 ? [source, destination, '', ''] : ['', '', source, destination]),
            ...[String(sourcePort), String(destinationPort), String(payload.length + 8)],
            ...[v4 ? '1' : '', '1', ''],
            linkType === LinkType.raw ? '' : v4 ? '01:00:5e:7f:01:02' : '33:33:00:00:12:34',
            toHex(payload),
          ]);
        }
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

function tshark(file: string, fields: string[]): string[][] {
  const output = execFileSync(
    'tshark',
    [
      ...['-r', file, '-n', '-T', 'fields', '-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'],
      ...['--disable-heuristic', 'rtp_udp', '-d', 'udp.port==40085,data', '-d', 'udp.port==1,data'],
      ...fields.flatMap((field) => ['-e', field]),
    ],
    { encoding: 'utf8', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

describe('pcap reader', () => {
  const flow = fc.constantFrom(FLOW4, FLOW6);
  const datagram = fc.record({
    flow,
    payload: fc.uint8Array({ maxLength: 100 }),
    timestampNs: fc.bigInt(0n, 2n ** 32n * 1_000_000_000n - 1n),
  });

  it('reads what the writer wrote, however the file is cut', () => {
    fc.assert(
      fc.property(
        fc.array(datagram, { maxLength: 8 }),
        fc.constantFrom(LinkType.raw, LinkType.ethernet),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }),
        (sent, linkType, cuts) => {
          const flat = sent.map((d) => ({ ...d.flow, timestampNs: d.timestampNs, payload: d.payload }));
          const file = concatBytes(pcapHeader(linkType), ...flat.map((d) => pcapRecord(d, linkType)));
          const chunks: Uint8Array[] = [];
          for (let at = 0, i = 0; at < file.length; at += cuts[i++ % cuts.length]!) {
            chunks.push(file.slice(at, at + cuts[i % cuts.length]!));
          }
          const { datagrams, counters } = readAll(...chunks);
          expect(datagrams).toEqual(flat);
          expect(counters).toMatchObject({ records: sent.length, datagrams: sent.length, cutOff: 0 });
        },
      ),
    );
  });

  it('throws nothing but PcapError on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        onlyPcapError(() => readAll(bytes));
        onlyPcapError(() => readAll(pcapHeader(), bytes));
      }),
    );
  });

  it('throws nothing but PcapError on mutated recordings of every link type', () => {
    const linkType = fc.constantFrom(0, 1, 9, 12, 50, 51, 100, 101, 104, 105, 108, 113, 127, 228, 229, 276);
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const link = fc.uint8Array({ maxLength: 30 });
    fc.assert(
      fc.property(linkType, datagram, link, mutations, (type, d, prefix, changes) => {
        const frame = concatBytes(prefix, packet(d.flow, d.payload));
        const file = fileOf(type, [frame, packet(d.flow, d.payload)]);
        for (const [at, value] of changes) file[at % file.length] = value;
        onlyPcapError(() => {
          const { datagrams, counters } = readAll(file);
          const { records, badChecksums, fragments, reassembled, otherPackets, malformed, cutShort } =
            counters;
          const left = badChecksums + fragments + reassembled + otherPackets + malformed + cutShort;
          expect(datagrams.length + left).toBe(records);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('reads the link types and both byte orders', () => {
    const payload = bytesOf(33, 1);
    const frames: [string, number, string][] = [
      ['BSD loopback, little-endian family', 0, '02000000'],
      ['BSD loopback, big-endian family', 0, '00000002'],
      ['Ethernet', 1, '01005e7f0102 020000000001 0800'],
      ['Ethernet with 802.1Q', 1, '01005e7f0102 020000000001 81000064 0800'],
      ['Ethernet with two tags', 1, '01005e7f0102 020000000001 88a80001 81000064 0800'],
      ['raw IP, BSD', 12, ''],
      ['raw IP', 101, ''],
      ['Linux cooked', 113, '0000 0001 0006 0200000000010000 0800'],
      ['IPv4', 228, ''],
      ['Linux cooked 2', 276, '0800 0000 00000001 0001 00 06 0200000000010000'],
    ];
    for (const [name, linkType, prefix] of frames) {
      const frame = concatBytes(fromHex(prefix.replaceAll(' ', '')), packet(FLOW4, payload));
      for (const littleEndian of [true, false]) {
        for (const [magic, timestampNs] of [
          [0xa1b2c3d4, 5_000_007_000n],
          [0xa1b23c4d, 5_000_000_007n],
        ] as const) {
          const { datagrams } = readAll(fileOf(linkType, [frame], littleEndian, magic));
          expect(datagrams, name).toEqual([{ ...FLOW4, timestampNs, payload }]);
        }
      }
    }
    expect(readAll(fileOf(229, [packet(FLOW6, payload)])).datagrams).toHaveLength(1);
    expect(
      readAll(fileOf(0, [concatBytes(fromHex('1e000000'), packet(FLOW6, payload))])).datagrams,
    ).toHaveLength(1);
  });

  it('leaves out the padding of a short Ethernet frame', () => {
    const frame = concatBytes(
      fromHex('01005e7f01020200000000010800'),
      packet(FLOW4, Uint8Array.of(9)),
      new Uint8Array(17),
    );
    expect(readAll(fileOf(1, [frame])).datagrams[0]!.payload).toEqual(Uint8Array.of(9));
  });

  it('steps over IPv6 extension headers', () => {
    const plain = packet(FLOW6, bytesOf(20, 2));
    const extended = concatBytes(plain.subarray(0, 40), fromHex('1100010400000000'), plain.subarray(40));
    extended[6] = 0;
    extended[5]! += 8;
    expect(readAll(fileOf(101, [extended])).datagrams[0]!.payload).toEqual(bytesOf(20, 2));
  });

  it('counts what is no datagram', () => {
    const good = packet(FLOW4, bytesOf(40, 3));
    const changed = (change: (p: Uint8Array) => void): Uint8Array => {
      const copy = good.slice();
      change(copy);
      const view = new DataView(copy.buffer);
      view.setUint16(10, 0);
      view.setUint16(10, ~foldSum(sumWords(view, 0, 20)));
      return copy;
    };
    const badHeader = good.slice();
    badHeader[8] = 1;
    const badHeaderSum = readAll(fileOf(101, [badHeader])).counters;
    expect(badHeaderSum).toMatchObject({ records: 1, datagrams: 0, badChecksums: 1 });
    const v6 = packet(FLOW6, bytesOf(40, 3));
    const count = (p: Uint8Array) => readAll(fileOf(101, [p])).counters;
    expect(count(changed((p) => p.set([0x20, 0x00], 6)))).toMatchObject({ fragments: 1 });
    expect(count(changed((p) => p.set([0x00, 0x10], 6)))).toMatchObject({ fragments: 1 });
    expect(count(changed((p) => p.set([2], 9)))).toMatchObject({ otherPackets: 1 });
    expect(count(changed((p) => p.set([1], 40)))).toMatchObject({ badChecksums: 1 });
    expect(count(changed((p) => p.set([0, 0], 26)))).toMatchObject({ datagrams: 1 });
    expect(count(changed((p) => p.set([0, 7], 24)))).toMatchObject({ malformed: 1 });
    expect(count(good.subarray(0, 50))).toMatchObject({ malformed: 1 });
    const noChecksum6 = v6.slice();
    noChecksum6.set([0, 0], 46);
    expect(count(noChecksum6)).toMatchObject({ badChecksums: 1 });
    const fragment6 = concatBytes(v6.subarray(0, 40), fromHex('1100000100000007'), v6.subarray(40));
    fragment6.set([0, fragment6.length - 40, 44], 4);
    expect(count(fragment6)).toMatchObject({ fragments: 1 });
    expect(count(new Uint8Array(0))).toMatchObject({ malformed: 1 });
    expect(count(Uint8Array.of(0x90))).toMatchObject({ otherPackets: 1 });
  });

  it('tolerates a recording that was cut off at any byte', () => {
    const records = [1, 2].map((n) => pcapRecord({ ...FLOW4, timestampNs: TIME, payload: bytesOf(30, n) }));
    const file = concatBytes(pcapHeader(), ...records);
    for (let length = 0; length <= file.length; length++) {
      const cut = file.subarray(0, length);
      if (length < 24) {
        expect(() => readAll(cut)).toThrow(PcapError);
        continue;
      }
      const whole = Math.floor((length - 24) / records[0]!.length);
      const { datagrams, counters } = readAll(cut);
      expect(datagrams).toHaveLength(whole);
      expect(counters.cutOff).toBe(length === 24 + whole * records[0]!.length ? 0 : 1);
    }
  });

  it('names the damaged record and its place', () => {
    const record = pcapRecord({ ...FLOW4, timestampNs: TIME, payload: bytesOf(30, 1) });
    const damaged = record.slice();
    damaged[11] = 0x80;
    const file = concatBytes(pcapHeader(), record, damaged);
    const at = 24 + record.length;
    expect(() => readAll(file)).toThrow(`Record 2 at byte ${at} is damaged`);
    const single = Array.from(file, (byte) => Uint8Array.of(byte));
    expect(() => readAll(...single)).toThrow(`Record 2 at byte ${at} is damaged`);
  });

  it('says what a file is when it is no pcap recording', () => {
    expect(() => readAll(new Uint8Array(100))).toThrow(/begins with 0x00000000/);
    expect(() => readAll(fileOf(147, []))).toThrow(/link type 147/);
    expect(() => readAll(new Uint8Array(3))).toThrow(/ends after 3 bytes/);
  });

  it('reads a recording of another sender on loopback, whose checksums the network card was to fill in', () => {
    const file = readFileSync(new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url));
    const { datagrams, counters } = readAll(new Uint8Array(file));
    expect(counters).toMatchObject({ records: 34, datagrams: 31, otherPackets: 3, badChecksums: 0 });
    expect(new Set(datagrams.map((d) => `${d.destination}:${d.destinationPort}`))).toEqual(
      new Set(['239.255.3.3:40085']),
    );
  });

  it('agrees with tshark on that recording', async (context) => {
    if (!requireTool('tshark', context)) return;
    const url = new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url);
    const datagrams: UdpDatagram[] = [];
    for await (const datagram of readPcap([new Uint8Array(readFileSync(url))])) datagrams.push(datagram);
    const rows = tshark(url.pathname, ['udp.srcport', 'udp.payload']).filter((row) => row[1]);
    expect(rows).toEqual(datagrams.map((d) => [String(d.sourcePort), toHex(d.payload)]));
  });
});

it('hands out what stands before a damaged record, then says where the damage is', () => {
  const flow = { source: '192.0.2.1', destination: '239.255.0.1', sourcePort: 4001, destinationPort: 4001 };
  const record = pcapRecord({ ...flow, timestampNs: 0n, payload: Uint8Array.of(1, 2, 3) });
  const damaged = record.slice();
  damaged.fill(0xff, 0, 16);
  const reader = createPcapReader();
  expect(reader.push(concatBytes(pcapHeader(), record, damaged))).toHaveLength(1);
  expect(() => reader.push(record)).toThrow(PcapError);
  expect(() => reader.end()).toThrow(/Record 2/);
});

it('gives plain payloads where it is fed with Node Buffers', () => {
  const flow = { source: '192.0.2.1', destination: '239.255.0.1', sourcePort: 4001, destinationPort: 4001 };
  const record = pcapRecord({ ...flow, timestampNs: 0n, payload: Uint8Array.of(1, 2, 3) });
  const reader = createPcapReader();
  const [datagram] = reader.push(Buffer.from(concatBytes(pcapHeader(), record)));
  datagram!.payload.slice().fill(9);
  expect(datagram!.payload).toEqual(Uint8Array.of(1, 2, 3));
});
