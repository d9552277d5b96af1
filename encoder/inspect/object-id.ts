import { objectIdOf } from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FdtFile } from '../../codecs/fdt/index.js';
import { FecError, type FecSchemes } from '../../codecs/fec/index.js';

/** What signatures of a file's datagrams cover; undefined when the table does not say how it is coded, or nobody signed it. */
export function objectIdOfFile(crypto: Crypto, schemes: FecSchemes, file: FdtFile): Uint8Array | undefined {
  const { fec, transferLength, sha256 } = file;
  const scheme = schemes.get(fec.encodingId ?? -1);
  if (scheme === undefined || transferLength === undefined || sha256 === undefined) return undefined;
  try {
    const parameters = scheme.parametersFrom(fec.attributes, transferLength);
    return objectIdOf(crypto, sha256, scheme.buildFti(parameters));
  } catch (error) {
    if (error instanceof FecError) return undefined;
    throw error;
  }
}
