import type { Crypto } from '../../../codecs/crypto/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { Keys } from '../../keys/keys.js';
import { ENCODING_ID } from '../../session/blocks.js';
import type { Session } from '../../session/session.js';
import type { TablesOptions } from '../../session/tables.js';

/** Of tables; they end when the certificate ends, Unix time in seconds, or before. */
export type UplinkTablesOptions = Omit<TablesOptions, 'expires'> & { readonly notAfter: number };

/** How the tables of a live session are made. */
export function uplinkTables(
  session: Session,
  keys: Pick<Keys, 'certificate' | 'certificateBytes'>,
  crypto: Crypto,
  schemes: FecSchemes,
): UplinkTablesOptions {
  return {
    ...session,
    crypto,
    notAfter: keys.certificate.notAfter,
    fec: 'raptorq',
    scheme: schemes.get(ENCODING_ID.raptorq)!,
    fluteVersion: 2,
    certificate: keys.certificateBytes,
  };
}
