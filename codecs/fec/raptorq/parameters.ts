import { BytesError, fromBase64, toBase64 } from '../../bytes.js';
import { buildOti, OTI_LENGTH, type Oti, parseOti, RaptorQError } from '../../raptorq/index.js';
import { requireNumber, requireText } from '../attributes.js';
import { FecError } from '../error.js';
import { createFti, requireFti } from '../fti.js';
import type { ObjectParameters } from '../scheme.js';

/** FEC Encoding ID of RaptorQ (RFC 6330 section 3). */
export const ENCODING_ID = 6;
const FTI_WORDS = 4;
/** Bytes of the common FEC object transmission information: transfer length, reserved, symbol size. */
const COMMON_LENGTH = 8;
/** Bytes of the scheme-specific part: source blocks, sub-blocks, alignment. */
const SPECIFIC_LENGTH = 4;

/** FEC object transmission information of RaptorQ (RFC 6330 section 3.3). */
export interface RaptorQParameters extends ObjectParameters, Oti {}

/** RFC 6330 sections 3.3.2 and 3.3.3. */
export function parseFti(extension: Uint8Array): RaptorQParameters {
  requireFti(extension, FTI_WORDS, 'RaptorQ');
  return asFecError(() => withId(parseOti(extension.subarray(2, 2 + OTI_LENGTH))));
}

/** RFC 6330 sections 3.3.2 and 3.3.3. */
export function buildFti(parameters: RaptorQParameters): Uint8Array {
  const extension = createFti(FTI_WORDS);
  extension.set(
    asFecError(() => buildOti(parameters)),
    2,
  );
  return extension;
}

const SYMBOL_LENGTH = 'FEC-OTI-Encoding-Symbol-Length';
const SPECIFIC_INFO = 'FEC-OTI-Scheme-Specific-Info';

/** RFC 6726 section 3.4.2. */
export function attributesFrom(parameters: RaptorQParameters): Record<string, string> {
  const oti = asFecError(() => buildOti(parameters));
  return {
    [SYMBOL_LENGTH]: String(parameters.symbolSize),
    [SPECIFIC_INFO]: toBase64(oti.subarray(COMMON_LENGTH)),
  };
}

/** RFC 6726 section 3.4.2. */
export function parametersFrom(
  attributes: Readonly<Record<string, string>>,
  transferLength: number,
): RaptorQParameters {
  const symbolSize = requireNumber(attributes, SYMBOL_LENGTH, 0xffff);
  const text = requireText(attributes, SPECIFIC_INFO);
  const specific = asFecError(() => fromBase64(text));
  if (specific.length !== SPECIFIC_LENGTH) {
    throw new FecError(`${SPECIFIC_INFO} of RaptorQ has ${SPECIFIC_LENGTH} bytes, not ${specific.length}.`);
  }
  const [sourceBlocks, high, low, alignment] = specific as unknown as [number, number, number, number];
  const oti = { transferLength, symbolSize, sourceBlocks, subBlocks: high * 256 + low, alignment };
  // The round trip checks the ranges by the one rule there is.
  return asFecError(() => withId(parseOti(buildOti(oti))));
}

function withId(oti: Oti): RaptorQParameters {
  return { encodingId: ENCODING_ID, ...oti };
}

/** Runs a step of a layer below and names its error as one of this layer. */
export function asFecError<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof RaptorQError || error instanceof BytesError) throw new FecError(error.message);
    throw error;
  }
}
