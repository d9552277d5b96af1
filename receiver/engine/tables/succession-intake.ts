import { findExtension, HET, parseLct } from '../../../codecs/alc/index.js';
import { parseSuccessionExtension, SuccessionError } from '../../../codecs/auth/index.js';
import type { ReceptionContext } from '../objects/reception-context.js';
import type { Publishers } from './publishers.js';

/**
 * Takes a datagram that is a header alone: it may have a statement of succession (EXT_SUCCESSION), which proves itself. Its other
 * signature is of an uplink of the new key, and nobody can check it before.
 */
export function createSuccessionIntake(
  { counters, reject }: Pick<ReceptionContext, 'counters' | 'reject'>,
  publishers: Publishers,
): (bytes: Uint8Array) => Promise<void> | void {
  async function take(extension: Uint8Array): Promise<void> {
    const taken = await publishers.take(parseSuccessionExtension(extension));
    if (typeof taken === 'object') reject(taken);
    else if (taken === 'known') counters.duplicates++;
    else if (taken === 'foreign') counters.empty++;
  }

  return (bytes) => {
    const extension = findExtension(parseLct(bytes), HET.SUCCESSION);
    if (extension === undefined) {
      counters.empty++;
      return;
    }
    const { offset, length } = extension;
    return take(bytes.subarray(offset, offset + length)).catch((error) => {
      if (!(error instanceof SuccessionError)) throw error;
      reject({ reason: 'bad-succession', detail: error.message });
    });
  };
}
