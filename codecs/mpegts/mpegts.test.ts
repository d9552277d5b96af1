import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, equalBytes, fromHex, toHex, utf8Encode } from '../bytes.js';
import { crc32 } from './crc32.js';
import { writeDatagramSection } from './datagram-section.js';
import {
  createTransportStreamWriter,
  isTransportStream,
  MAX_IP_PACKET_LENGTH,
  MAX_SERVICE_NAME_BYTES,
  TransportStreamError,
} from './index.js';
import { buildPat, buildPmt, elementaryStreams, programMapPids } from './psi.js';
import { buildSdt } from './sdt.js';
import {
  bytesOf,
  FLOW4,
  FLOW6,
  ipPacket,
  isNull,
  packetsOf,
  pidOf,
  readStream,
  streamOf,
} from './testing.js';

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe('CRC-32 of sections (ISO/IEC 13818-1 annex A)', () => {
  it('has the check value of CRC-32/MPEG-2', () => {
    expect(crc32(viewOf(utf8Encode('123456789')), 0, 9)).toBe(0x0376e6e7);
  });

  it('agrees with the shift register of the annex', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(9), (bytes, start) => {
        let register = 0xffff_ffff;
        for (const byte of bytes.subarray(start)) {
          for (let bit = 7; bit >= 0; bit--) {
            const feedback = (register >>> 31) ^ ((byte >> bit) & 1);
            register = ((register << 1) ^ (feedback === 1 ? 0x04c11db7 : 0)) >>> 0;
          }
        }
        expect(crc32(viewOf(bytes), start, bytes.length)).toBe(register);
      }),
    );
  });
});

describe('tables', () => {
  it('writes the PAT that other multiplexers write', () => {
    // FFmpeg's for transport stream 1, programme 1, program map PID 0x1000
    expect(toHex(buildPat(1, { programNumber: 1, pmtPid: 0x1000 }))).toBe('00b00d0001c100000001f0002ab104b2');
  });

  it('writes PMT and SDT field by field', () => {
    const pmt = [
      '02b019', // table_id, section_syntax_indicator, section_length 25
      '0001c10000', // program_number 1, version 0, current, section 0 of 0
      'fffff000', // PCR_PID 0x1FFF: none; no programme descriptors
      '0de101f007', // stream_type 0x0D on PID 0x0101, 7 bytes of descriptors
      '520101', // stream_identifier_descriptor: component_tag 1
      '66020005', // data_broadcast_id_descriptor: multiprotocol encapsulation
    ].join('');
    const pmtBytes = buildPmt(1, 0x101, 1);
    expect(toHex(pmtBytes.subarray(0, -4))).toBe(pmt);
    expect(crc32(viewOf(pmtBytes), 0, pmtBytes.length)).toBe(0);
    const service = { transportStreamId: 1, originalNetworkId: 0xff01, serviceId: 1 };
    const sdt = [
      '42f02a', // table_id, section_syntax_indicator, section_length 42
      '0001c10000ff01ff', // transport_stream_id, version 0, section 0 of 0, original_network_id
      '0001fc', // service_id 1, no event information
      '8019', // running, not scrambled, 25 bytes of descriptors
      '480b0c00086461746163617374', // service_descriptor: data broadcast service, "datacast"
      '640a00050102d701756e6400', // data_broadcast_descriptor: multiprotocol_encapsulation_info
    ].join('');
    const sdtBytes = buildSdt({ ...service, serviceName: 'datacast' }, 1);
    expect(toHex(sdtBytes.subarray(0, -4))).toBe(sdt);
    expect(crc32(viewOf(sdtBytes), 0, sdtBytes.length)).toBe(0);
  });

  it('marks a name beyond ASCII as UTF-8 (EN 300 468 annex A)', () => {
    const service = { transportStreamId: 1, originalNetworkId: 1, serviceId: 1 };
    expect(toHex(buildSdt({ ...service, serviceName: '소식' }, 1))).toContain('480a0c000715ec868cec8b9d');
  });

  it('finds in them what it wrote, and nothing beyond their ends', () => {
    const pat = buildPat(1, { programNumber: 1, pmtPid: 0x123 });
    expect(programMapPids(pat, 0, pat.length)).toEqual([0x123]);
    const pmt = buildPmt(1, 0x456, 9);
    expect(elementaryStreams(pmt, 0, pmt.length)).toEqual([
      { pid: 0x456, kind: 'multiprotocol encapsulation' },
    ]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 3, maxLength: 80 }), (bytes) => {
        const streams = elementaryStreams(bytes, 0, bytes.length).map(({ pid }) => pid);
        for (const pid of [...programMapPids(bytes, 0, bytes.length), ...streams]) {
          expect(pid).toBeLessThan(8192);
        }
      }),
    );
  });
});

describe('datagram_section (EN 301 192 section 7.1)', () => {
  const into = new Uint8Array(4096);
  const sectionOf = (packet: Uint8Array) =>
    into.subarray(0, writeDatagramSection(into, viewOf(into), packet)).slice();

  it('has the multicast MAC address in the order of the standard', () => {
    const packet = ipPacket(fromHex('68656c6c6f'), FLOW4);
    const section = sectionOf(packet);
    // 239.129.3.4 is 01:00:5e:01:03:04; MAC_address_6 and 5, flags, sections, MAC_address_4 to 1
    expect(toHex(section.subarray(0, 12))).toBe('3eb02e0403c10000015e0001');
    expect(toHex(section.subarray(12, -4))).toBe(toHex(packet));
    expect(crc32(viewOf(section), 0, section.length)).toBe(0);
    // ff15::1234:5678 is 33:33:12:34:56:78
    const section6 = sectionOf(ipPacket(Uint8Array.of(1), FLOW6));
    expect(toHex(section6.subarray(3, 12))).toBe('7856c1000034123333');
    const host = sectionOf(ipPacket(Uint8Array.of(1), { ...FLOW4, destination: '192.0.2.9' }));
    expect(toHex(host.subarray(3, 12))).toBe('ffffc10000ffffffff');
  });

  it('refuses what is no IP packet or too long, and says so', () => {
    expect(() => sectionOf(new Uint8Array(100))).toThrow(TransportStreamError);
    expect(() => sectionOf(new Uint8Array(0))).toThrow(/neither/);
    expect(sectionOf(ipPacket(new Uint8Array(MAX_IP_PACKET_LENGTH - 28))).length).toBe(4096);
    expect(() => sectionOf(ipPacket(new Uint8Array(MAX_IP_PACKET_LENGTH - 27)))).toThrow(/smaller MTU/);
  });
});

describe('transport stream writer', () => {
  it('writes datagrams that the reader gives back, in chunks of any size, with counters that run on', () => {
    const lengths = fc.oneof(fc.nat(4052), fc.integer({ min: 100, max: 200 }), fc.nat(30));
    const payloads = fc.array(lengths, { minLength: 1, maxLength: 20 });
    const rate = fc.option(fc.integer({ min: 1_000_000, max: 20_000_000 }), { nil: undefined });
    fc.assert(
      fc.property(payloads, rate, fc.integer({ min: 20, max: 2000 }), (sizes, tsRate, chunkBytes) => {
        const sent = sizes.map((size, i) => bytesOf(size, i));
        const stream = streamOf(sent, tsRate === undefined ? {} : { tsRate }, 50_000_000n);
        const { payloads: received, datagrams, counters } = readStream(stream, chunkBytes);
        expect(received.length).toBe(sent.length);
        expect(received.every((payload, i) => equalBytes(payload, sent[i]!))).toBe(true);
        expect(datagrams[0]).toMatchObject({ ...FLOW4, timestampNs: 0n });
        expect(counters).toMatchObject({ discontinuities: 0, duplicates: 0, badSections: 0, malformed: 0 });
        expect(counters).toMatchObject({ resynchronisations: 0, transportErrors: 0 });
        expect(counters.packets).toBe(stream.length / 188);
      }),
    );
  });

  it('packs sections back to back and begins a packet with none of them where none is', () => {
    for (let size = 0; size < 400; size++) {
      const stream = streamOf([bytesOf(size, 1), bytesOf(size, 2), bytesOf(size, 3)]);
      const data = packetsOf(stream).filter((packet) => pidOf(packet) === 0x101);
      // 44 bytes of IP, UDP and section; three bytes at most are lost at the end of a packet, one is the pointer
      expect(data.length).toBeLessThanOrEqual(Math.ceil((3 * (size + 44)) / 180));
      let begun = 0;
      for (const packet of data) {
        if ((packet[1]! & 0x40) === 0) continue;
        const first = 5 + packet[4]!;
        expect(packet[first]).toBe(0x3e);
        begun++;
      }
      expect(begun).toBeGreaterThan(0);
      expect(readStream(stream).datagrams.length).toBe(3);
    }
  });

  it('repeats PAT and PMT every 100 ms and the SDT every 1.6 s', () => {
    for (const tsRate of [undefined, 500_000, 70_000]) {
      const sent = Array.from({ length: 101 }, (_, i) => bytesOf(60, i));
      const packets = packetsOf(streamOf(sent, tsRate === undefined ? {} : { tsRate }, 50_000_000n));
      const count = (pid: number) => packets.filter((packet) => pidOf(packet) === pid).length;
      expect(count(0x0000)).toBeGreaterThanOrEqual(50);
      expect(count(0x0000)).toBeLessThanOrEqual(52);
      expect(count(0x0100)).toBe(count(0x0000));
      expect(count(0x0011)).toBe(4);
    }
  });

  it('never lets more than 500 ms pass from one PAT or PMT to the next, 2 s of SDT (ETSI TR 101 290)', () => {
    for (const tsRate of [31_021, 70_000, 500_000, 2_200_000]) {
      const sent = [bytesOf(60, 1), bytesOf(tsRate < 100_000 ? 60 : 4052, 2), bytesOf(60, 3)];
      const pids = packetsOf(streamOf(sent, { tsRate }, 11_990_000_000n)).map(pidOf);
      for (const [pid, longest] of [
        [0x0000, 0.5],
        [0x0100, 0.5],
        [0x0011, 2],
      ] as const) {
        const times = pids.flatMap((each, i) => (each === pid ? [(i * 188 * 8) / tsRate] : []));
        expect(times.length).toBeGreaterThan(10);
        const gaps = times.slice(1).map((time, i) => time - times[i]!);
        expect(Math.max(...gaps), `PID ${pid} at ${tsRate} bit/s`).toBeLessThanOrEqual(longest);
      }
    }
  });

  it('holds a constant bit rate: each datagram stands where its time says', () => {
    const tsRate = 1_504_000; // 1,000 packets a second
    const sent = Array.from({ length: 50 }, (_, i) => bytesOf(120, i));
    const packets = packetsOf(streamOf(sent, { tsRate }, 20_000_000n));
    expect(Math.abs(packets.length - 49 * 20)).toBeLessThan(5);
    let datagrams = 0;
    for (const [position, packet] of packets.entries()) {
      if (pidOf(packet) !== 0x101) continue;
      const late = position - datagrams++ * 20;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThanOrEqual(4);
    }
    expect(datagrams).toBe(50);
    expect(packets.filter(isNull).length).toBeGreaterThan(800);
  });

  it('fills a long silence piece by piece', () => {
    const writer = createTransportStreamWriter({ tsRate: 10_000_000 });
    let bytes = 0;
    let longest = 0;
    for (const time of [0n, 60_000_000_000n]) {
      for (const block of writer.push(ipPacket(bytesOf(100, 1)), time)) {
        bytes += block.length;
        longest = Math.max(longest, block.length);
      }
    }
    expect(Math.abs(bytes + writer.end().length - 75_000_000)).toBeLessThan(3000);
    expect(longest).toBeLessThan(100_000);
  });

  it('says what rate is needed where the one given is too low', () => {
    const sent = Array.from({ length: 100 }, (_, i) => bytesOf(1400, i));
    // 11.2 kbit every 10 ms
    expect(() => streamOf(sent, { tsRate: 600_000 }, 10_000_000n)).toThrow(
      /^A transport stream of 600000 bit\/s is too slow for its content, which needs about 12\d\d000 bit\/s; give a higher --ts-rate/,
    );
    expect(() => streamOf(sent, { tsRate: 600_000 }, 0n)).toThrow(/too slow for its content; give/);
    const needed = 1_230_000;
    expect(readStream(streamOf(sent, { tsRate: needed }, 10_000_000n)).payloads).toEqual(sent);
  });

  it('refuses options that cannot be', () => {
    for (const tsRate of [0, -1, 31_020, 1e6 + 0.5, Number.NaN, Infinity]) {
      expect(() => createTransportStreamWriter({ tsRate })).toThrow(TransportStreamError);
    }
    for (const [pmt, data] of [
      [0, 32],
      [31, 32],
      [32, 8190],
      [32, 32],
      [32.5, 33],
    ] as const) {
      expect(() => createTransportStreamWriter({ pids: { pmt, data } })).toThrow(TransportStreamError);
    }
    for (const serviceName of ['', 'a\nb', 'x'.repeat(MAX_SERVICE_NAME_BYTES + 1)]) {
      expect(() => createTransportStreamWriter({ serviceName })).toThrow(TransportStreamError);
    }
    const serviceName = '字'.repeat(46);
    const pids = { pmt: 32, data: 8189 };
    const stream = streamOf([bytesOf(10, 1)], { serviceName, pids });
    expect(packetsOf(stream).map(pidOf)).toEqual([0, 32, 17, 8189]);
    expect(readStream(stream).datagrams.length).toBe(1);
  });
});

describe('detection', () => {
  it('knows transport streams of each packet length and no other files', () => {
    const packets = packetsOf(streamOf(Array.from({ length: 20 }, (_, i) => bytesOf(300, i))));
    const before = packets.map((packet, i) => concatBytes(bytesOf(4, i), packet));
    const behind = packets.map((packet, i) => concatBytes(packet, bytesOf(16, i)));
    for (const form of [packets, before, behind]) {
      const stream = concatBytes(...form);
      expect(isTransportStream(stream)).toBe(true);
      expect(isTransportStream(stream.subarray(100))).toBe(true);
      expect(isTransportStream(concatBytes(...form.slice(0, 3)))).toBe(true);
    }
    expect(isTransportStream(new Uint8Array(0))).toBe(false);
    expect(isTransportStream(new Uint8Array(10_000))).toBe(false);
    expect(isTransportStream(new Uint8Array(10_000).fill(0x47))).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2100, maxLength: 20_000 }), (bytes) => {
        expect(isTransportStream(bytes)).toBe(false);
      }),
    );
  });
});
