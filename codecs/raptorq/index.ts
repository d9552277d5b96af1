/** RaptorQ forward error correction, RFC 6330: any K or a few more of the encoding symbols rebuild a source block. */

import { type CoreBuild, createCorePool, fastestBuild } from './core.js';
import { type BlockDecoder, createBlockDecoder } from './decoder.js';
import { type BlockEncoder, createBlockEncoder } from './encoder.js';
import { createEncodingProgramCache } from './encoding-program.js';
import { type Oti, validateOti } from './oti.js';

export { type CoreBuild, fastestBuild } from './core.js';
export type { BlockDecoder } from './decoder.js';
export { type BlockEncoder, MAX_ESI } from './encoder.js';
export { RaptorQError } from './error.js';
export {
  buildOti,
  OTI_LENGTH,
  type Oti,
  parseOti,
  partition,
  type SourceBlock,
  sourceBlock,
  sourceBlocks,
  validateOti,
} from './oti.js';
export {
  extendedBlockSizes,
  MAX_SOURCE_SYMBOLS,
  type SystematicIndex,
  systematicIndex,
} from './systematic-indices.js';

export interface RaptorQ {
  /** An encoder for source block `sbn` with the bytes `source` (unpadded). Throws RaptorQError. */
  createEncoder(oti: Oti, sbn: number, source: Uint8Array): BlockEncoder;
  /** A decoder for source block `sbn`. Throws RaptorQError. */
  createDecoder(oti: Oti, sbn: number): BlockDecoder;
  /** Bytes of WebAssembly memory that blocks in work and kept instances take. */
  memoryBytes(): number;
}

/**
 * Compiles the core; `build` is the fastest that the engine runs unless a test asks for one. Encoder encodingPrograms are shared
 * by all blocks of one RaptorQ.
 */
export async function loadRaptorQ(build: CoreBuild = fastestBuild()): Promise<RaptorQ> {
  const pool = await createCorePool(build);
  const encodingPrograms = createEncodingProgramCache();
  return {
    createEncoder(oti, sbn, source) {
      validateOti(oti);
      return createBlockEncoder(pool, encodingPrograms, oti, sbn, source);
    },
    createDecoder(oti, sbn) {
      validateOti(oti);
      return createBlockDecoder(pool, oti, sbn);
    },
    memoryBytes: () => pool.memoryBytes(),
  };
}
