/** Payload bytes of a transport stream packet (ISO/IEC 13818-1 section 2.4.3). */
export const TS_PAYLOAD = 184;
/** UDP and IPv4 headers, datagram_section header and CRC-32 (EN 301 192 section 7), pointer_field. */
export const MPE_OVERHEAD = 8 + 20 + 12 + 4 + 1;
