import { DEFAULT_MAX_UNPACKED } from '../../codecs/edition/index.js';
import { formatBytes, printable } from '../../codecs/text.js';

/** What to know of a bundle that receivers do not take unless told to; undefined of any other. @param bytes of its files */
export function warnOfSize(name: string, bytes: number): string | undefined {
  if (bytes <= DEFAULT_MAX_UNPACKED) return undefined;
  return (
    `${printable(name)} unpacks to ${formatBytes(bytes)}; receivers take ${formatBytes(DEFAULT_MAX_UNPACKED)} unless their owners ` +
    'give --max-size, and leave out what is more. Make several bundles of it, or tell them.'
  );
}
