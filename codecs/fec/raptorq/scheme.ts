import { readUint, writeUint } from '../../bytes.js';
import { MAX_ESI, type RaptorQ, sourceBlocks } from '../../raptorq/index.js';
import { FecError } from '../error.js';
import type { FecScheme } from '../scheme.js';
import {
  asFecError,
  attributesFrom,
  buildFti,
  ENCODING_ID,
  parametersFrom,
  parseFti,
  type RaptorQParameters,
} from './parameters.js';

/** RaptorQ (RFC 6330) as a FEC scheme over a loaded core. */
export function createRaptorQScheme(raptorq: RaptorQ): FecScheme<RaptorQParameters> {
  return {
    encodingId: ENCODING_ID,
    name: 'RaptorQ',
    payloadIdLength: 4,

    /** RFC 6330 section 3.2. */
    parsePayloadId: (bytes, offset) => ({ sbn: bytes[offset]!, esi: readUint(bytes, offset + 1, 3) }),

    writePayloadId({ sbn, esi }, into, offset) {
      if (!(sbn >= 0 && sbn <= 0xff && esi >= 0 && esi <= MAX_ESI)) {
        throw new FecError(`Block ${sbn} and symbol ${esi} do not fit 8 and 24 bits, as RaptorQ has them.`);
      }
      into[offset] = sbn;
      writeUint(into, offset + 1, 3, esi);
    },

    parseFti,
    buildFti,
    attributesFrom,
    parametersFrom,
    blocks: (parameters) => asFecError(() => sourceBlocks(parameters)),
    maxEsi: () => MAX_ESI,
    createBlockEncoder: (parameters, block, source) =>
      asFecError(() => raptorq.createEncoder(parameters, block.sbn, source)),
    createBlockDecoder: (parameters, block) => asFecError(() => raptorq.createDecoder(parameters, block.sbn)),
  };
}
