import { fromHex } from '../../bytes.js';

/**
 * The mark of a message that carries a datagram: the UUID of its user_data_unregistered (ISO/IEC 14496-10 annex D).
 * It holds no zero byte, and its first byte once: so it stands in a stream as it is, and is found in one pass.
 */
export const MESSAGE_UUID = fromHex('b6805545862143448d4ccee3e899a036');

/** Bytes behind the UUID and before the datagram: its length, 16 bits, and the number of the message, 32 bits. */
export const MESSAGE_HEADER_LENGTH = 6;
/** Bytes of the longest datagram in a message. */
export const MAX_MESSAGE_DATAGRAM = 4096;
