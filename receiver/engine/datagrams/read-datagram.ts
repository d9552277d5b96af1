import { AlcError, type AlcPacket, parseAlc } from '../../../codecs/alc/index.js';
import { AuthError, parseAuth } from '../../../codecs/auth/index.js';
import type { FecSchemes } from '../../../codecs/fec/index.js';
import type { Rejection } from '../ports/events.js';
import type { IncomingDatagram, ReceivedDatagram } from './received-datagram.js';
import { createSessionKeys } from './session-key.js';

/** UDP over IPv4 has no longer payload. */
const MAX_DATAGRAM = 65_507;

/** Reads a datagram's header; 'empty' when it is a header alone. */
export type ReadDatagram = (datagram: IncomingDatagram) => ReceivedDatagram | Rejection | 'empty';

export function createDatagramReader(schemes: FecSchemes): ReadDatagram {
  const sessionKey = createSessionKeys();

  return ({ bytes, flow, stored }) => {
    if (bytes.length > MAX_DATAGRAM) return malformed(`No UDP datagram has ${bytes.length} bytes.`);
    const packet = parse(bytes, schemes);
    if (packet instanceof AlcError) return malformed(packet.message);
    const { payloadId, payload, lct } = packet;
    const { tsi, toi } = lct;
    // A and B flags end nothing: anybody could set them, and what is complete shows by itself.
    if (payloadId === undefined || payload.length === 0) return 'empty';
    if (toi === undefined) return malformed('The datagram names no object (TOI).');
    const signed = hasOurAuthentication(bytes, packet);
    const session = sessionKey({ signed, flow, tsi });
    return { bytes, flow, stored, packet, payloadId, toi, signed, session };
  };
}

function malformed(detail: string): Rejection {
  return { reason: 'malformed', detail };
}

function parse(bytes: Uint8Array, schemes: FecSchemes): AlcPacket | AlcError {
  try {
    return parseAlc(bytes, schemes);
  } catch (error) {
    if (error instanceof AlcError) return error;
    throw error;
  }
}

/** Any other EXT_AUTH belongs to a scheme of another sender. */
function hasOurAuthentication(bytes: Uint8Array, { authOffset }: AlcPacket): boolean {
  if (authOffset === undefined) return false;
  try {
    parseAuth(bytes, authOffset);
    return true;
  } catch (error) {
    if (error instanceof AuthError) return false;
    throw error;
  }
}
