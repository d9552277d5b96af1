import { readUint, writeUint } from '../../bytes.js';
import { FecError } from '../error.js';
import type { FecScheme } from '../scheme.js';
import { createBlockDecoder, createBlockEncoder } from './block.js';
import {
  attributesFrom,
  buildFti,
  ENCODING_ID,
  type NoCodeParameters,
  parametersFrom,
  parseFti,
} from './parameters.js';
import { sourceBlocks } from './partition.js';

export type { NoCodeParameters } from './parameters.js';

/** Compact No-Code (RFC 5445 section 3): the source symbols and nothing else. */
export const noCode: FecScheme<NoCodeParameters> = {
  encodingId: ENCODING_ID,
  name: 'Compact No-Code',
  payloadIdLength: 4,

  /** RFC 5445 section 3.2.1. */
  parsePayloadId: (bytes, offset) => ({
    sbn: readUint(bytes, offset, 2),
    esi: readUint(bytes, offset + 2, 2),
  }),

  writePayloadId({ sbn, esi }, into, offset) {
    if (!(sbn >= 0 && sbn <= 0xffff && esi >= 0 && esi <= 0xffff)) {
      throw new FecError(
        `Block ${sbn} and symbol ${esi} do not fit the 16 bits each has in Compact No-Code.`,
      );
    }
    writeUint(into, offset, 2, sbn);
    writeUint(into, offset + 2, 2, esi);
  },

  parseFti,
  buildFti,
  attributesFrom,
  parametersFrom,
  blocks: sourceBlocks,
  maxEsi: (_parameters, block) => block.sourceSymbols - 1,
  createBlockEncoder: (parameters, block, source) => createBlockEncoder(parameters.symbolSize, block, source),
  createBlockDecoder: (parameters, block) => createBlockDecoder(parameters.symbolSize, block),
};
