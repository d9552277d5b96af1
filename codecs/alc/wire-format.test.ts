import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authExtensionLength, writeAuthPlaceholder } from '../auth/index.js';
import { concatBytes, fromHex, toHex, utf8Encode } from '../bytes.js';
import { buildFdt, FDT_NAMESPACE_V2, type Fdt, parseFdt } from '../fdt/index.js';
import { type FecSchemes, loadFecSchemes, noCode, type RaptorQParameters } from '../fec/index.js';
import { nodeCrypto } from '../node/crypto.js';
import {
  buildAlc,
  buildContentEncoding,
  buildFdtExtension,
  buildLct,
  buildTime,
  parseAlc,
  parseContentEncoding,
  parseFdtExtension,
  parseLct,
  parseTime,
} from './index.js';

const page = readFileSync(new URL('../../docs/wire-format.md', import.meta.url), 'utf8');

/** The test vectors of the page by name. */
const vectors = new Map<string, Uint8Array>();
for (const [, name, text] of page.matchAll(/^```hex (\S+)\n([^`]*)^```$/gm)) {
  vectors.set(name!, fromHex(text!.replace(/;.*$/gm, '').replace(/\s/g, '')));
}
const checked = new Set<string>();
function vector(name: string): Uint8Array {
  const bytes = vectors.get(name);
  if (bytes === undefined) throw new Error(`docs/wire-format.md has no vector ${name}.`);
  checked.add(name);
  return bytes;
}
const whole = (extension: Uint8Array) => ({ het: extension[0]!, offset: 0, length: extension.length });

const auth = new Uint8Array(authExtensionLength(0));
writeAuthPlaceholder(auth, 0, 0, 0);
const time = { senderTime: 1_767_225_600.25 };
const instance = { fluteVersion: 2, instanceId: 12 };
const bundle: RaptorQParameters = {
  encodingId: 6,
  transferLength: 10_000_000,
  symbolSize: 1_388,
  sourceBlocks: 1,
  subBlocks: 1,
  alignment: 4,
};

let schemes: FecSchemes;
beforeAll(async () => {
  schemes = await loadFecSchemes();
});

describe('docs/wire-format.md', () => {
  afterAll(() => {
    expect([...checked].sort()).toEqual([...vectors.keys()].sort());
  });

  it('has LCT headers', () => {
    const cci = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const headers = [
      ['lct-minimal', { tsi: 16, toi: 12, codepoint: 6, closeSession: false, closeObject: false }],
      ['lct-close-session', { tsi: 16, toi: 0, codepoint: 6, closeSession: true, closeObject: false }],
      [
        'lct-wide',
        {
          tsi: 4_294_967_298,
          toi: 4_294_967_295,
          codepoint: 0,
          closeSession: true,
          closeObject: true,
        },
      ],
    ] as const;
    for (const [name, fields] of headers) {
      const lengths = name === 'lct-wide' ? { cci, tsiLength: 6, toiLength: 6 } : {};
      expect(parseLct(vector(name)), name).toMatchObject(fields);
      expect(toHex(buildLct({ ...fields, ...lengths })), name).toBe(toHex(vector(name)));
    }
  });

  it('has header extensions', () => {
    expect(toHex(buildFdtExtension(instance))).toBe(toHex(vector('ext-fdt')));
    expect(parseFdtExtension(vector('ext-fdt'), whole(vector('ext-fdt')))).toEqual(instance);
    expect(toHex(buildContentEncoding('gzip'))).toBe(toHex(vector('ext-cenc')));
    expect(parseContentEncoding(vector('ext-cenc'), whole(vector('ext-cenc')))).toBe('gzip');
    expect(toHex(buildTime(time))).toBe(toHex(vector('ext-time')));
    expect(parseTime(vector('ext-time'), whole(vector('ext-time')))).toEqual(time);
  });

  it('has payload IDs and EXT_FTI', () => {
    const raptorq = schemes.get(6)!;
    expect(raptorq.parsePayloadId(vector('payload-id-raptorq'), 0)).toEqual({ sbn: 2, esi: 70_000 });
    expect(noCode.parsePayloadId(vector('payload-id-no-code'), 0)).toEqual({ sbn: 2, esi: 9 });
    expect(raptorq.parseFti(vector('ext-fti-raptorq'))).toEqual(bundle);
    expect(toHex(raptorq.buildFti(bundle))).toBe(toHex(vector('ext-fti-raptorq')));
    const plain = { encodingId: 0, transferLength: 695, symbolSize: 1_436, maxSourceBlockLength: 64 };
    expect(noCode.parseFti(vector('ext-fti-no-code'))).toEqual(plain);
    expect(toHex(noCode.buildFti(plain))).toBe(toHex(vector('ext-fti-no-code')));
  });

  it('has whole datagrams', () => {
    const raptorq = schemes.get(6)!;
    const symbol = buildAlc(
      buildLct({ tsi: 16, toi: 12, codepoint: 6 }, [auth]),
      raptorq,
      { sbn: 0, esi: 5 },
      utf8Encode('datacast'),
    );
    expect(toHex(symbol)).toBe(toHex(vector('datagram-symbol')));
    expect(parseAlc(symbol, schemes)).toMatchObject({ authOffset: 12, payloadId: { sbn: 0, esi: 5 } });

    const xml = utf8Encode('<FDT-Instance Expires="3976300800" />');
    const fti = { ...bundle, transferLength: xml.length, symbolSize: Math.ceil(xml.length / 4) * 4 };
    const table = buildAlc(
      buildLct({ tsi: 16, toi: 0, codepoint: 6 }, [
        buildFdtExtension(instance),
        raptorq.buildFti(fti),
        buildTime(time),
        auth,
      ]),
      raptorq,
      { sbn: 0, esi: 0 },
      concatBytes(xml, new Uint8Array(fti.symbolSize - xml.length)),
    );
    expect(toHex(table)).toBe(toHex(vector('datagram-table')));
    const packet = parseAlc(table, schemes);
    expect(packet).toMatchObject({ fdt: instance, fti });
    expect(parseFdt(packet.payload)).toMatchObject({ expires: 3_976_300_800, files: [] });

    const last = buildAlc(
      buildLct({ tsi: 16, toi: 12, codepoint: 0, closeObject: true }),
      noCode,
      { sbn: 2, esi: 9 },
      utf8Encode('abc'),
    );
    expect(toHex(last)).toBe(toHex(vector('datagram-no-code')));
  });

  const exampleOf = (language: string, name: string) =>
    new RegExp(`^\`\`\`${language} ${name}\\n([^\`]*)\\n\`\`\`$`, 'm').exec(page)![1]!;

  it('has a file delivery table', () => {
    const xml = exampleOf('xml', 'fdt-example');
    const fec = { encodingId: 6, attributes: schemes.get(6)!.attributesFrom(bundle) };
    const fdt: Fdt = {
      namespace: FDT_NAMESPACE_V2,
      expires: 3_976_300_800,
      files: [
        {
          toi: 7105,
          contentLocation: 'news.json.zst',
          contentType: 'application/json',
          contentEncoding: 'zstd',
          transferLength: 2310,
          fec,
          sha256: nodeCrypto.sha256(utf8Encode('index')),
          sequence: 12,
        },
        {
          toi: 14_247,
          contentLocation: '37a680133bd09342.tar.zst',
          contentType: 'application/x-tar',
          contentEncoding: 'zstd',
          transferLength: 1_000_000,
          fec,
          sha256: nodeCrypto.sha256(utf8Encode('part')),
        },
      ],
    };
    expect(buildFdt(fdt)).toBe(xml);
    expect(parseFdt(utf8Encode(xml))).toEqual(fdt);
    const parameters = { ...bundle, transferLength: 1_000_000 };
    expect(schemes.get(6)!.parametersFrom(fec.attributes, 1_000_000)).toEqual(parameters);
  });
});
