import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireTool } from '../../fixtures/tools.js';
import { CERT_EXTENSION_LENGTH } from '../auth/ext-cert.js';
import { writeAuthPlaceholder } from '../auth/index.js';
import { concatBytes, readUint, utf8Encode, writeUint } from '../bytes.js';
import { buildFdt, FDT_NAMESPACE_V2, parseFdt } from '../fdt/index.js';
import { FecError, type FecSchemes, loadFecSchemes, noCode } from '../fec/index.js';
import { buildAlc, parseAlc } from './alc.js';
import { AlcError } from './error.js';
import { buildFdtExtension, buildTime, HET } from './extensions.js';
import { buildLct } from './lct.js';

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

/** EXT_AUTH of depth 3 with numbers in place of digests and signature. */
function auth(): Uint8Array {
  const extension = new Uint8Array(68 + 3 * 16);
  writeAuthPlaceholder(extension, 0, 3, 5);
  for (let i = 4; i < extension.length; i++) extension[i] = i * 37;
  return extension;
}

function certificate(): Uint8Array {
  const extension = new Uint8Array(CERT_EXTENSION_LENGTH).map((_, i) => i * 41);
  extension.set([HET.CERT, CERT_EXTENSION_LENGTH / 4]);
  return extension;
}

const fdtXml = utf8Encode(
  buildFdt({
    namespace: FDT_NAMESPACE_V2,
    expires: 4_004_530_501,
    files: [
      {
        toi: 1,
        contentLocation: '소식.tar.zst',
        contentEncoding: 'zstd',
        transferLength: 5_000,
        fec: { encodingId: 6, attributes: {} },
        sha256: new Uint8Array(32).fill(7),
        sequence: 12,
      },
    ],
  }),
);

/** One datagram of each kind this project sends. */
function datagrams(): Record<string, Uint8Array> {
  const raptorq = schemes.get(6)!;
  const symbolSize = Math.ceil(fdtXml.length / 4) * 4;
  const fdtFti = {
    encodingId: 6,
    transferLength: fdtXml.length,
    symbolSize,
    sourceBlocks: 1,
    subBlocks: 1,
    alignment: 4,
  };
  const extensions = (fti: Uint8Array, fluteVersion: number) => [
    buildFdtExtension({ fluteVersion, instanceId: 12 }),
    fti,
    buildTime({ senderTime: 1_767_225_600.25 }),
    certificate(),
    auth(),
  ];
  const noCodeFti = {
    encodingId: 0,
    transferLength: fdtXml.length,
    symbolSize: 1_200,
    maxSourceBlockLength: 64,
  };
  const first = { sbn: 0, esi: 0 };
  const symbol = new Uint8Array(400).fill(0x3c);
  const header = (codepoint: number) => buildLct({ tsi: 16, toi: 1, codepoint }, [auth()]);
  return {
    'FDT with RaptorQ': buildAlc(
      buildLct({ tsi: 16, toi: 0, codepoint: 6 }, extensions(raptorq.buildFti(fdtFti), 2)),
      raptorq,
      first,
      concatBytes(fdtXml, new Uint8Array(symbolSize - fdtXml.length)),
    ),
    'FDT without code': buildAlc(
      buildLct({ tsi: 16, toi: 0, codepoint: 0 }, extensions(noCode.buildFti(noCodeFti), 1)),
      noCode,
      first,
      fdtXml,
    ),
    'RaptorQ symbol': buildAlc(header(6), raptorq, { sbn: 2, esi: 70_000 }, symbol),
    'RaptorQ symbol with EXT_FTI': buildAlc(
      buildLct({ tsi: 16, toi: 1, codepoint: 6 }, [
        raptorq.buildFti({ ...fdtFti, transferLength: 5_000, symbolSize: 400 }),
        auth(),
      ]),
      raptorq,
      { sbn: 0, esi: 3 },
      symbol,
    ),
    'no-code symbol': buildAlc(header(0), noCode, { sbn: 1, esi: 9 }, symbol),
    'end of object': buildLct({ tsi: 16, toi: 1, codepoint: 6, closeObject: true }, [auth()]),
    'end of session': buildLct({ tsi: 16, toi: 0, codepoint: 6, closeSession: true }, [auth()]),
  };
}

describe('ALC packet', () => {
  it('gives back what was built', () => {
    const built = datagrams();
    const fdt = parseAlc(built['FDT with RaptorQ']!, schemes);
    expect(fdt).toMatchObject({
      lct: { tsi: 16, toi: 0, codepoint: 6 },
      payloadId: { sbn: 0, esi: 0 },
      fdt: { fluteVersion: 2, instanceId: 12 },
      fti: { encodingId: 6, transferLength: fdtXml.length, sourceBlocks: 1, subBlocks: 1, alignment: 4 },
      authOffset: 12 + 4 + 16 + 12 + CERT_EXTENSION_LENGTH,
    });
    expect(fdt.payload.subarray(0, fdtXml.length)).toEqual(fdtXml);

    const symbol = parseAlc(built['RaptorQ symbol']!, schemes);
    expect(symbol).toMatchObject({
      lct: { toi: 1 },
      payloadId: { sbn: 2, esi: 70_000 },
      authOffset: 12,
      fti: undefined,
      fdt: undefined,
    });
    expect(symbol.payload).toEqual(new Uint8Array(400).fill(0x3c));
    expect(symbol.payload.buffer).toBe(built['RaptorQ symbol']!.buffer);

    const end = parseAlc(built['end of session']!, schemes);
    expect(end).toMatchObject({ payloadId: undefined, lct: { closeSession: true, closeObject: false } });
    expect(end.payload.length).toBe(0);
  });

  it('refuses what is not whole or not known', () => {
    const header = buildLct({ tsi: 16, toi: 1, codepoint: 6 });
    const refused: [Uint8Array, RegExp][] = [
      [concatBytes(header, Uint8Array.of(0, 0, 0)), /payload ID of 4 bytes is due; the datagram has 3/],
      [concatBytes(buildLct({ tsi: 16, toi: 1, codepoint: 5 }), new Uint8Array(9)), /Codepoint 5 is none/],
      [
        buildLct({ tsi: 16, toi: 1, codepoint: 6 }, [auth(), auth()]),
        /extension 1 stands at offset 12 and again/,
      ],
      [buildLct({ tsi: 16, toi: 1, codepoint: 6 }, [Uint8Array.of(64, 1, 0, 0)]), /^EXT_FTI at offset 12/],
      [
        buildLct({ tsi: 16, toi: 1, codepoint: 6 }, [concatBytes(Uint8Array.of(64, 4), new Uint8Array(14))]),
        /^EXT_FTI at offset 12/,
      ],
    ];
    for (const [datagram, message] of refused) {
      expect(() => parseAlc(datagram, schemes)).toThrow(AlcError);
      expect(() => parseAlc(datagram, schemes)).toThrow(message);
    }
    expect(
      parseAlc(buildLct({ tsi: 16, codepoint: 5, closeSession: true }), schemes).payloadId,
    ).toBeUndefined();
    expect(() => buildAlc(header, noCode, { sbn: 65_536, esi: 0 }, header)).toThrow(FecError);
  });

  it('throws nothing but AlcError on random and mutated bytes', () => {
    const valid = Object.values(datagrams());
    const mutated = fc
      .tuple(
        fc.constantFrom(...valid),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 5 }),
        fc.nat(700),
      )
      .map(([datagram, changes, length]) => {
        const bytes = datagram.slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (datagram) => {
        try {
          const packet = parseAlc(datagram, schemes);
          expect(packet.payload.byteOffset + packet.payload.length).toBe(
            datagram.byteOffset + datagram.length,
          );
        } catch (error) {
          expect(error).toBeInstanceOf(AlcError);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

/** A classic pcap file of IPv4 packets with these datagrams, to port 4001. */
function pcapOf(payloads: readonly Uint8Array[]): Uint8Array {
  const fileHeader = new Uint8Array(24);
  writeUint(fileHeader, 0, 4, 0xa1b2c3d4);
  fileHeader.set([0, 2, 0, 4], 4);
  writeUint(fileHeader, 16, 4, 65_535);
  writeUint(fileHeader, 20, 4, 101);
  const records = payloads.map((payload) => {
    const record = new Uint8Array(16 + 28);
    const length = 28 + payload.length;
    writeUint(record, 8, 4, length);
    writeUint(record, 12, 4, length);
    record.set([0x45], 16);
    writeUint(record, 18, 2, length);
    record.set([16, 17, 0, 0, 10, 0, 0, 1, 239, 1, 1, 1], 24);
    record.set([0x0f, 0xa1, 0x0f, 0xa1], 36);
    writeUint(record, 40, 2, 8 + payload.length);
    return concatBytes(record, payload);
  });
  return concatBytes(fileHeader, ...records);
}

/** tshark's answer on the datagrams: one line a datagram, the fields separated by tabs. */
function dissect(payloads: readonly Uint8Array[], fields: readonly string[]): string[][] {
  const directory = mkdtempSync(join(tmpdir(), 'datacast-alc-'));
  try {
    const file = join(directory, 'datagrams.pcap');
    writeFileSync(file, pcapOf(payloads));
    const run = spawnSync(
      'tshark',
      ['-r', file, '-d', 'udp.port==4001,alc', '-T', 'fields', ...fields.flatMap((field) => ['-e', field])],
      { encoding: 'utf8' },
    );
    expect(run.status, run.stderr).toBe(0);
    return run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe('Wireshark', () => {
  it('dissects one datagram of each kind without an error', (context) => {
    if (!requireTool('tshark', context)) return;
    const built = datagrams();
    const rows = dissect(Object.values(built), [
      'frame.protocols',
      'rmt-lct.hlen',
      'rmt-lct.tsi',
      'rmt-lct.toi',
      'rmt-lct.codepoint',
      'rmt-fec.sbn',
      'rmt-fec.esi',
      '_ws.expert.message',
      '_ws.malformed',
    ]);
    const parsed = Object.values(built).map((datagram) => {
      const { lct, payloadId, fdt } = parseAlc(datagram, schemes);
      const esi = payloadId === undefined ? '' : `0x${payloadId.esi.toString(16).padStart(8, '0')}`;
      const protocols = `raw:ip:udp:alc:rmt-lct${payloadId ? ':rmt-fec' : ''}${fdt ? ':xml' : ''}`;
      return [
        protocols,
        lct.headerLength,
        lct.tsi,
        lct.toi,
        lct.codepoint,
        payloadId?.sbn ?? '',
        esi,
        '',
        '',
      ].map(String);
    });
    const padded = rows.map((row) => [...row, ...Array<string>(9 - row.length).fill('')]);
    expect(Object.fromEntries(Object.keys(built).map((kind, i) => [kind, padded[i]]))).toEqual(
      Object.fromEntries(Object.keys(built).map((kind, i) => [kind, parsed[i]])),
    );
  });
});

describe('datagrams of another sender', () => {
  it('are read from a recording of rt-libflute', () => {
    const packets = recordedDatagrams().map((datagram) => parseAlc(datagram, schemes));
    expect(packets.length).toBe(31);
    expect(packets.every((packet) => packet.lct.tsi === 16 && packet.lct.codepoint === 0)).toBe(true);
    expect(
      packets.filter((packet) => packet.lct.toi === 0).map((packet) => [packet.fdt, packet.fti]),
    ).toEqual([
      [
        { fluteVersion: 1, instanceId: 2 },
        { encodingId: 0, transferLength: 695, symbolSize: 1_436, maxSourceBlockLength: 64 },
      ],
      [
        { fluteVersion: 1, instanceId: 3 },
        { encodingId: 0, transferLength: 520, symbolSize: 1_436, maxSourceBlockLength: 64 },
      ],
    ]);
    const esis = (toi: number) =>
      packets.filter((packet) => packet.lct.toi === toi).map((packet) => packet.payloadId!.esi);
    expect(esis(1)).toEqual([...Array(10).keys()]);
    expect(esis(2)).toEqual([...Array(19).keys()]);
  });

  it('make the files that were sent', () => {
    const packets = recordedDatagrams().map((datagram) => parseAlc(datagram, schemes));
    const fdt = parseFdt(packets.find((packet) => packet.fdt !== undefined)!.payload);
    const files = fdt.files.map((file) => {
      const scheme = schemes.get(file.fec.encodingId!)!;
      const parameters = scheme.parametersFrom(file.fec.attributes, file.transferLength!);
      const decoders = scheme.blocks(parameters).map((block) => scheme.createBlockDecoder(parameters, block));
      for (const { lct, payloadId, payload } of packets) {
        if (lct.toi === file.toi) expect(decoders[payloadId!.sbn]!.add(payloadId!.esi, payload)).toBe(true);
      }
      expect(decoders.every((decoder) => decoder.tryDecode())).toBe(true);
      const content = concatBytes(...decoders.map((decoder) => decoder.data()));
      return [file.contentLocation, createHash('sha256').update(content).digest('hex')];
    });
    expect(files).toEqual([
      ['news.html', '175f97e5c0c356fd03f613eb21b7d7accea36da368ec86f4a1c920debc76d7a9'],
      ['b.txt', 'd418217682bb6ebc04d30317e2c1958b7cff9429852e89c9dfa571b1d13add77'],
    ]);
  });
});

/** UDP payloads of the recording: little-endian pcap, Ethernet, IPv4. */
function recordedDatagrams(): Uint8Array[] {
  const file = new Uint8Array(
    readFileSync(new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url)),
  );
  const view = new DataView(file.buffer);
  const found: Uint8Array[] = [];
  for (let offset = 24; offset < file.length; ) {
    const frame = file.subarray(offset + 16, offset + 16 + view.getUint32(offset + 8, true));
    offset += 16 + frame.length;
    const ip = frame.subarray(14);
    if (ip[9] === 17) found.push(ip.subarray(4 * (ip[0]! & 15) + 8, readUint(ip, 2, 2)));
  }
  return found;
}
