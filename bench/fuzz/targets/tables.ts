/** What a table says. */

import { isDeepStrictEqual } from 'node:util';
import { utf8Encode } from '../../../codecs/bytes.js';
import {
  buildFdt,
  FDT_NAMESPACE_V1,
  FDT_NAMESPACE_V2,
  FdtError,
  parseFdt,
} from '../../../codecs/fdt/index.js';
import {
  FecError,
  type FecScheme,
  loadFecSchemes,
  type ObjectParameters,
} from '../../../codecs/fec/index.js';
import { attempt, type FuzzTarget, hold } from '../target.js';

const FILE = {
  toi: 5,
  contentLocation: 'news.tar.zst',
  transferLength: 4000,
  contentEncoding: 'zstd',
  fec: {
    encodingId: 6,
    attributes: { 'FEC-OTI-Encoding-Symbol-Length': '64', 'FEC-OTI-Scheme-Specific-Info': 'AQABBA==' },
  },
  sha256: new Uint8Array(32).fill(9),
};
const TOKEN = 'RUQ'.padEnd(100, 'A');
const SIGNATURE = `untrusted comment: x\n${TOKEN}\ntrusted comment: datacast sequence:5 name:news\n${TOKEN}\n`;
const TABLES = [
  { namespace: FDT_NAMESPACE_V2, expires: 4_000_000_000, files: [FILE] },
  { namespace: FDT_NAMESPACE_V2, expires: 1, files: [{ ...FILE, sequence: 5, signature: SIGNATURE }] },
  {
    namespace: FDT_NAMESPACE_V1,
    expires: 1,
    complete: true,
    files: [
      { ...FILE, contentType: 'text/html', contentLength: 20, contentMd5: new Uint8Array(16) },
      { ...FILE, toi: 6, contentLocation: 'a&b"<c>\t' },
    ],
  },
];
/** Text that means something in a table. */
export const TABLE_WORDS = [
  '<File TOI="7" Content-Location="a"/>',
  '</FDT-Instance>',
  '<FDT-Instance',
  '<File',
  '/>',
  ' xmlns="urn:x"',
  ' xmlns:p="urn:p"',
  'dc:',
  ' TOI="0"',
  ' Expires="1"',
  ' Complete="true"',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  '<!DOCTYPE x [<!ENTITY e "e">]>',
  '&amp;',
  '&#65;',
  '&#x41;',
  '&#0;',
  '&e;',
  '&',
  '"',
  "'",
  '__proto__',
  'constructor',
  ' toString="x"',
  ' hasOwnProperty="x"',
  '\ufeff',
  '4294967296',
  '-1',
  '1e3',
];

const fdt: FuzzTarget = {
  name: 'fdt',
  holds: 'A table that is built of what was parsed is parsed to the same.',
  open: () => ({
    seeds: TABLES.map((table) => utf8Encode(buildFdt(table))),
    words: TABLE_WORDS.map(utf8Encode),
    run(input) {
      const parsed = attempt(() => parseFdt(input), FdtError);
      if (parsed === undefined) return false;
      // names of attributes are the only text that it takes and cannot write again: they come from the document
      const built = attempt(() => utf8Encode(buildFdt(parsed)), FdtError);
      if (built === undefined) return true;
      const again = parseFdt(built, { maxSize: Number.POSITIVE_INFINITY });
      hold(isDeepStrictEqual(again, parsed), 'The table that was built again says something else.');
      return true;
    },
  }),
};

/** Blocks that are looked at one by one, which is more than a receiver takes at once. */
const MAX_BLOCKS = 65_536;

const fec: FuzzTarget = {
  name: 'fec',
  holds:
    'Blocks cover the object without gap or overlap; EXT_FTI and the attributes of a table say the same.',
  async open() {
    const schemes = [...(await loadFecSchemes()).values()];
    const common = { transferLength: 4000, symbolSize: 64 };
    const raptorq = { ...common, encodingId: 6, sourceBlocks: 3, subBlocks: 2, alignment: 4 };
    const noCode = { ...common, encodingId: 0, maxSourceBlockLength: 20 };
    const schemeOf = (input: Uint8Array) => schemes[(input[0] ?? 0) % schemes.length]!;
    return {
      seeds: schemes.map((scheme, place) =>
        Uint8Array.of(place, ...scheme.buildFti(scheme.encodingId === 6 ? raptorq : noCode)),
      ),
      mend(input) {
        const extension = new Uint8Array(17);
        extension.set(input.subarray(0, 17));
        extension.set([64, 4], 1);
        return extension;
      },
      run(input) {
        const scheme = schemeOf(input);
        const parameters = attempt(() => scheme.parseFti(input.subarray(1)), FecError);
        if (parameters === undefined) return false;
        checkAttributes(scheme, parameters);
        checkBlocks(scheme, parameters);
        return true;
      },
    };
  },
};

function checkAttributes(scheme: FecScheme, parameters: ObjectParameters): void {
  const again = scheme.parametersFrom(scheme.attributesFrom(parameters), parameters.transferLength);
  hold(isDeepStrictEqual(again, parameters), 'The attributes say something else than EXT_FTI.');
  hold(
    isDeepStrictEqual(scheme.parseFti(scheme.buildFti(parameters)), parameters),
    'EXT_FTI built again differs.',
  );
}

function checkBlocks(scheme: FecScheme, parameters: ObjectParameters): void {
  const { transferLength, symbolSize } = parameters;
  const blocks = scheme.blocks(parameters);
  hold(blocks.length <= MAX_BLOCKS, `There are ${blocks.length} blocks.`);
  let offset = 0;
  for (const block of blocks) {
    hold(block.offset === offset, `Block ${block.sbn} begins at ${block.offset}, not at ${offset}.`);
    const isFull = block.byteLength === block.sourceSymbols * symbolSize;
    hold(isFull || block === blocks.at(-1), `Block ${block.sbn} is not full.`);
    offset += block.byteLength;
  }
  hold(offset === transferLength, `The blocks have ${offset} bytes, the object ${transferLength}.`);
}

export const targets: readonly FuzzTarget[] = [fdt, fec];
