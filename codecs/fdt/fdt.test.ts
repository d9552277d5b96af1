import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromBase64, readUint, utf8Encode } from '../bytes.js';
import { ntpFromUnix, unixFromNtp } from '../ntp.js';
import { buildFdt, FDT_NAMESPACE_V1, FDT_NAMESPACE_V2, type Fdt, FdtError, parseFdt } from './index.js';

const SIGNATURE = [
  'untrusted comment: signature of a datacast edition',
  'RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=',
  'trusted comment: datacast sequence:12 name:소식  "1" & <2>',
  'RWQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylA==',
  '',
].join('\n');

const example: Fdt = {
  namespace: FDT_NAMESPACE_V2,
  expires: 4_004_530_501,
  complete: true,
  files: [
    {
      toi: 12,
      contentLocation: '소식.tar.zst',
      contentType: 'application/zstd',
      contentEncoding: 'zstd',
      contentLength: 10_000,
      transferLength: 5_000,
      contentMd5: new Uint8Array(16).fill(5),
      fec: {
        encodingId: 6,
        attributes: { 'FEC-OTI-Encoding-Symbol-Length': '1388', 'FEC-OTI-Scheme-Specific-Info': 'AQABBA==' },
      },
      sha256: new Uint8Array(32).fill(7),
      sequence: 12,
      signature: SIGNATURE,
    },
  ],
};

const parse = (xml: string) => parseFdt(utf8Encode(xml));
const table = (content: string, more = '') =>
  `<FDT-Instance xmlns="${FDT_NAMESPACE_V2}" Expires="4004530501" ${more}>${content}</FDT-Instance>`;

describe('FDT', () => {
  it('gives back what was built', () => {
    expect(parse(buildFdt(example))).toEqual(example);
  });

  it('says once what all files have alike', () => {
    const [file] = example.files;
    const other = { ...file!, toi: 13, sha256: new Uint8Array(32).fill(8) };
    const odd = {
      ...other,
      toi: 14,
      fec: { ...other.fec, attributes: { 'FEC-OTI-Encoding-Symbol-Length': '100' } },
    };
    const xml = buildFdt({ ...example, files: [file!, other, odd] });
    expect(xml.match(/FEC-OTI-FEC-Encoding-ID/g)).toHaveLength(1);
    expect(xml.match(/Content-Encoding/g)).toHaveLength(1);
    expect(xml.match(/Encoding-Symbol-Length/g)).toHaveLength(3);
    expect(parse(xml).files).toEqual([file, other, odd]);
  });

  it('gives back any text', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 }).filter((t) => {
      return [...t].every((c) => c >= ' ' || '\t\n\r'.includes(c)) && !/[\uFFFE\uFFFF\uD800-\uDFFF]/u.test(t);
    });
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const file = fc
      .record({
        toi: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        contentLocation: text,
        contentType: optional(text),
        contentEncoding: optional(text),
        transferLength: fc.maxSafeNat(),
        sequence: optional(fc.maxSafeNat()),
        sha256: optional(fc.uint8Array({ minLength: 32, maxLength: 32 })),
        encodingId: optional(fc.nat(255)),
      })
      .map(({ encodingId, ...rest }) => ({
        ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
        fec: { ...(encodingId !== undefined && { encodingId }), attributes: {} },
      }));
    fc.assert(
      fc.property(
        fc.uniqueArray(file, { maxLength: 4, selector: (f) => (f as { toi?: number }).toi }),
        (files) => {
          const fdt = { namespace: FDT_NAMESPACE_V1, expires: 7, files } as unknown as Fdt;
          expect(parse(buildFdt(fdt))).toEqual(fdt);
        },
      ),
    );
  });

  it('is small enough for one datagram with its headers', () => {
    // 1,472 bytes of UDP, less LCT, EXT_FDT, EXT_FTI, EXT_TIME, EXT_CERT, EXT_AUTH and payload ID.
    const room = 1_472 - (12 + 4 + 16 + 12 + 136 + 68 + 4);
    expect(utf8Encode(buildFdt(example)).length).toBeLessThanOrEqual(room);
  });

  it('refuses to build what XML cannot hold', () => {
    const [file] = example.files;
    expect(() => buildFdt({ ...example, files: [{ ...file!, contentLocation: 'a\0b' }] })).toThrow(/U\+0000/);
    expect(() => buildFdt({ ...example, files: [{ ...file!, contentType: '\uD800' }] })).toThrow(FdtError);
    expect(() => buildFdt({ ...example, files: [{ ...file!, signature: 'nothing' }] })).toThrow(FdtError);
  });

  it('is read from a recording of rt-libflute', () => {
    const [first, second] = recordedTables();
    const md5 = ['6csNs7wd4ofpr00q69iQsQ==', 'oo3HBNytxRNV+kGocb/knA=='];
    const fec = {
      encodingId: 0,
      attributes: { 'FEC-OTI-Maximum-Source-Block-Length': '64', 'FEC-OTI-Encoding-Symbol-Length': '1436' },
    };
    const files = [
      { toi: 1, contentLocation: 'news.html', length: 13_933 },
      { toi: 2, contentLocation: 'b.txt', length: 27_019 },
    ].map(({ toi, contentLocation, length }, i) => ({
      toi,
      contentLocation,
      contentType: 'application/octet-stream',
      contentLength: length,
      transferLength: length,
      contentMd5: fromBase64(md5[i]!),
      fec,
    }));
    expect(parseFdt(first!)).toEqual({ namespace: FDT_NAMESPACE_V1, expires: 4_004_530_501, files });
    expect(parseFdt(second!).files).toEqual([files[1]]);
  });

  it.each([
    FDT_NAMESPACE_V1,
    FDT_NAMESPACE_V2,
    'urn:3GPP:metadata:2022:FLUTE:FDT',
    'http://www.example.com/flute',
  ])('is read in the namespace %s, as default and by prefix', (namespace) => {
    const inside = 'TOI="3" Content-Location="a&#38;b&amp;c" x:TOI="9" xmlns:x="urn:x"';
    const plain = parse(`<FDT-Instance xmlns="${namespace}" Expires="1"><File ${inside}/></FDT-Instance>`);
    const prefixed = parse(
      `\uFEFF<?xml version="1.0"?><!-- c --><f:FDT-Instance xmlns:f='${namespace}' Expires='1'>
           <x:File xmlns:x="urn:x" TOI="4"/><f:File ${inside}><x:y><f:File TOI="5"/></x:y>text</f:File>
         </f:FDT-Instance>\n`,
    );
    expect(plain).toEqual({
      namespace,
      expires: 1,
      files: [{ toi: 3, contentLocation: 'a&b&c', fec: { attributes: {} } }],
    });
    expect(prefixed).toEqual(plain);
  });

  it('lets files inherit from the table, and have their own', () => {
    const fdt = parse(
      table(
        '<File TOI="1" Content-Location="a" Content-Length="5"/>' +
          '<File TOI="2" Content-Location="b" Content-Length="5" Content-Encoding="gzip" Content-Type="t" ' +
          'FEC-OTI-FEC-Encoding-ID="0" FEC-OTI-Encoding-Symbol-Length="9"/>',
        'Content-Type="text/html" FEC-OTI-FEC-Encoding-ID="6" FEC-OTI-Encoding-Symbol-Length="8" ' +
          'FEC-OTI-Scheme-Specific-Info="AQABBA==" Complete="0"',
      ),
    );
    expect(fdt.complete).toBe(false);
    const info = { 'FEC-OTI-Scheme-Specific-Info': 'AQABBA==' };
    expect(fdt.files).toEqual([
      {
        toi: 1,
        contentLocation: 'a',
        contentType: 'text/html',
        contentLength: 5,
        transferLength: 5,
        fec: { encodingId: 6, attributes: { 'FEC-OTI-Encoding-Symbol-Length': '8', ...info } },
      },
      {
        toi: 2,
        contentLocation: 'b',
        contentType: 't',
        contentEncoding: 'gzip',
        contentLength: 5,
        fec: { encodingId: 0, attributes: { 'FEC-OTI-Encoding-Symbol-Length': '9', ...info } },
      },
    ]);
  });

  it('ignores the zeroes that pad the last symbol', () => {
    expect(parseFdt(concatBytes(utf8Encode(buildFdt(example)), new Uint8Array(3)))).toEqual(example);
  });

  const file = '<File TOI="1" Content-Location="a"/>';
  it.each([
    ['', /not well-formed|0 root/],
    ['<a/>', /instead of FDT-Instance/],
    ['no xml', /not well-formed|0 root/],
    ['<FDT-Instance Expires="1">', /not well-formed/],
    ['<FDT-Instance Expires="1"/><FDT-Instance Expires="1"/>', /not well-formed|2 root/],
    ['<FDT-Instance/>', /lacks the attribute Expires/],
    ['<FDT-Instance Expires="4294967296"/>', /Expires="4294967296" is not a whole number/],
    ['<FDT-Instance Expires="1" Complete="yes"/>', /Complete="yes" is not true or false/],
    ['<FDT-Instance Expires="1" Expires="1"/>', /not well-formed/],
    ['<p:FDT-Instance Expires="1"/>', /prefix "p" without declaring/],
    [table('<File Content-Location="a"/>'), /lacks a TOI/],
    [table('<File TOI="0" Content-Location="a"/>'), /lacks a TOI/],
    [table('<File TOI="9007199254740992" Content-Location="a"/>'), /TOI="9007199254740992" is not/],
    [table('<File TOI="1"/>'), /TOI 1 lacks a Content-Location/],
    [table(file + file), /two files with TOI 1/],
    [table('<File TOI="1" Content-Location="a" Content-MD5="AAAA"/>'), /base64 of 16 bytes/],
    [table('<File TOI="1" Content-Location="&x;"/>'), /reference "&x;"/],
    [table('<File TOI="1" Content-Location="&#0;"/>'), /reference/],
    [table('<File TOI="1" Content-Location="&#x110000;"/>'), /reference/],
    [table('<File TOI="1" Content-Location="a&b"/>'), /reference|well-formed/],
    [table('<File TOI="1" Content-Location="a" d:SHA256="" xmlns:d="urn:datacast:fdt:1"/>'), /base64 of 32/],
    [
      table('<File TOI="1" Content-Location="a" d:Signature="x" xmlns:d="urn:datacast:fdt:1"/>'),
      /Signature needs/,
    ],
    [
      table('<File TOI="1" Content-Location="a" d:Sequence="1" e:Sequence="2"/>', 'xmlns:d="u" xmlns:e="u"'),
      /twice/,
    ],
    [`<!DOCTYPE x [<!ENTITY a "b">]>${table(file)}`, /DTD/],
    [`<!doctype x>${table(file)}`, /DTD/],
    [table(`${'<a>'.repeat(200)}${'</a>'.repeat(200)}`), /not well-formed/],
    [table('<__proto__/><constructor/>', 'x="1"').replace('<__proto__/>', '<hasOwnProperty>'), /well-formed/],
  ])('refuses %s', (xml, message) => {
    expect(() => parse(xml)).toThrow(FdtError);
    expect(() => parse(xml)).toThrow(message);
  });

  it('refuses what is too large, and what is not UTF-8', () => {
    expect(() => parseFdt(new Uint8Array(65_537).fill(32))).toThrow(/65537 bytes; 65536 are allowed/);
    expect(() => parseFdt(utf8Encode(table(file)), { maxSize: 20 })).toThrow(/20 are allowed/);
    expect(() => parseFdt(Uint8Array.of(0x3c, 0xff))).toThrow(/not UTF-8/);
  });

  it('does not let names of JavaScript through', () => {
    const fdt = parse(
      table(`<File TOI="1" Content-Location="a" __proto__="x" constructor="y" FEC-OTI-x="1"/>`),
    );
    expect(Object.getPrototypeOf(fdt.files[0])).toBe(Object.prototype);
    expect(fdt.files[0]!.fec.attributes).toEqual({ 'FEC-OTI-x': '1' });
  });

  it('takes little time for hostile documents of the largest size', () => {
    const fill = (unit: string) => unit.repeat(Math.floor(65_000 / unit.length));
    const documents = [
      fill('<'),
      fill('<a>'),
      fill('<a/>'),
      fill('&amp;'),
      fill('<!--'),
      fill('<![CDATA['),
      fill('<?a'),
      `<FDT-Instance ${fill(' a')}`,
      `<FDT-Instance Expires="1" ${fill('a="" ')}/>`,
      `<FDT-Instance Expires="1" ${Array.from({ length: 5_000 }, (_, i) => `a${i}=""`).join(' ')}/>`,
      `<FDT-Instance Expires="1" x="${fill('&')}"/>`,
      `<FDT-Instance Expires="1" x="${fill('&amp;')}"/>`,
      table(fill(' ')),
      table(fill('<a b="c"/>')),
      table(fill('<![CDATA[]]>')),
      table(fill('<!---->')),
      table(Array.from({ length: 1_200 }, (_, i) => `<File TOI="${i + 1}" Content-Location="a"/>`).join('')),
      `${fill('"')}`,
      `<FDT-Instance a='${fill('"')}`,
    ];
    for (const xml of documents) {
      const begin = process.cpuUsage();
      try {
        parse(xml);
      } catch (error) {
        expect(error, xml.slice(0, 40)).toBeInstanceOf(FdtError);
      }
      // of the processor, whatever else it does; what grows with the square takes minutes
      expect(process.cpuUsage(begin).user / 1000, xml.slice(0, 40)).toBeLessThan(5_000);
    }
  });

  it('throws nothing but FdtError on random and mutated text', () => {
    const valid = buildFdt(example);
    const pieces = [
      '<',
      '>',
      '/',
      '"',
      "'",
      '&',
      ';',
      '=',
      '<!--',
      ']]>',
      '<![CDATA[',
      '<?',
      'xmlns:',
      ':',
      '\0',
      '&#',
      '𝄞',
    ];
    const mutated = fc
      .array(fc.tuple(fc.nat(valid.length), fc.nat(8), fc.constantFrom(...pieces, '')), {
        minLength: 1,
        maxLength: 5,
      })
      .map((changes) =>
        changes.reduce((xml, [at, cut, piece]) => xml.slice(0, at) + piece + xml.slice(at + cut), valid),
      );
    const random = fc
      .array(fc.constantFrom(...pieces, 'FDT-Instance', 'File', 'a', ' '))
      .map((list) => list.join(''));
    const bytes = fc.oneof(
      mutated.map(utf8Encode),
      random.map(utf8Encode),
      fc.uint8Array({ maxLength: 100 }),
    );
    fc.assert(
      fc.property(bytes, (xml) => {
        try {
          parseFdt(xml);
        } catch (error) {
          expect(error).toBeInstanceOf(FdtError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('NTP time', () => {
  it('is converted across the end of the era in 2036', () => {
    expect(ntpFromUnix(0)).toBe(2_208_988_800);
    expect(unixFromNtp(4_004_530_501)).toBe(1_795_541_701);
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (n) => {
        expect(unixFromNtp(ntpFromUnix(1.5e9 + n))).toBe(1.5e9 + n);
      }),
    );
  });
});

/** Payloads of the FDT datagrams in the recording: Ethernet 14, IPv4 20, UDP 8, LCT 32, payload ID 4 bytes. */
function recordedTables(): Uint8Array[] {
  const recording = new Uint8Array(
    readFileSync(new URL('../../fixtures/interop/flute-v1-no-code.pcap', import.meta.url)),
  );
  const view = new DataView(recording.buffer);
  const found: Uint8Array[] = [];
  for (let offset = 24; offset < recording.length; ) {
    const frame = recording.subarray(offset + 16, offset + 16 + view.getUint32(offset + 8, true));
    offset += 16 + frame.length;
    if (frame[23] === 17 && readUint(frame, 52, 2) === 0) found.push(frame.subarray(78));
  }
  return found;
}
