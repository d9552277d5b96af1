import { type AlcPacket, findExtension, HET } from '../../codecs/alc/index.js';
import {
  parseSuccession,
  parseSuccessionExtension,
  SuccessionError,
  verifySuccession,
} from '../../codecs/auth/index.js';
import { fromHex, toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { fingerprint, publisherId } from '../../codecs/minisign/index.js';
import { formatCount } from '../../codecs/text.js';

/** A statement of succession on the air. */
export interface InspectedSuccession {
  /** Public keys, hexadecimal. */
  readonly oldKey: string;
  readonly newKey: string;
  /** Whose signatures are good. */
  readonly signedBy: readonly ('new' | 'old')[];
  readonly datagrams: number;
}

/** Statements that are looked at in a session: anybody can send some. */
const MAX_STATEMENTS = 64;

/**
 * Counts a datagram that is a header alone.
 *
 * @param statements datagrams by statement, hexadecimal
 * @returns false when it has no statement of succession
 */
export function addStatement(
  statements: Map<string, number>,
  { lct }: AlcPacket,
  payload: Uint8Array,
): boolean {
  const extension = findExtension(lct, HET.SUCCESSION);
  if (extension === undefined) return false;
  const { offset, length } = extension;
  try {
    const statement = toHex(parseSuccessionExtension(payload.subarray(offset, offset + length)));
    const known = statements.get(statement);
    if (known !== undefined || statements.size < MAX_STATEMENTS) statements.set(statement, (known ?? 0) + 1);
    return true;
  } catch (error) {
    if (error instanceof SuccessionError) return false;
    throw error;
  }
}

export function successionsOf(
  statements: ReadonlyMap<string, number>,
  crypto: Crypto,
): Promise<InspectedSuccession[]> {
  return Promise.all(
    [...statements].map(async ([text, datagrams]) => {
      const statement = fromHex(text);
      const { oldKey, newKey } = parseSuccession(statement);
      const signedBy: ('new' | 'old')[] = [];
      for (const by of ['new', 'old'] as const) {
        if (await verifySuccession(crypto, statement, by)) signedBy.push(by);
      }
      return { oldKey: toHex(oldKey), newKey: publisherId(newKey), signedBy, datagrams };
    }),
  );
}

export function successionLine({ oldKey, newKey, signedBy, datagrams }: InspectedSuccession): string {
  const by = signedBy.length === 0 ? 'by nobody' : `by ${signedBy.join(' and ')} key`;
  return `  succession: publisher ${fingerprint(oldKey)} gets the key ${fingerprint(newKey)}, signed ${by}, ${formatCount(datagrams, 'datagram')}`;
}
