import { loadRaptorQ } from '../raptorq/index.js';
import { noCode } from './no-code/index.js';
import { createRaptorQScheme } from './raptorq/index.js';
import type { FecScheme, FecSchemes } from './scheme.js';

export { FecError } from './error.js';
export { type NoCodeParameters, noCode } from './no-code/index.js';
export { createRaptorQScheme, type RaptorQParameters } from './raptorq/index.js';
export type {
  BlockDecoder,
  BlockEncoder,
  FecScheme,
  FecSchemes,
  ObjectParameters,
  PayloadId,
  SourceBlock,
} from './scheme.js';

/** All FEC schemes of this project: 6 RaptorQ (RFC 6330) and 0 Compact No-Code (RFC 5445). */
export async function loadFecSchemes(): Promise<FecSchemes> {
  const schemes: FecScheme[] = [createRaptorQScheme(await loadRaptorQ()), noCode];
  return new Map(schemes.map((scheme) => [scheme.encodingId, scheme]));
}
