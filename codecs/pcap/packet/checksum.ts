/**
 * The Internet checksum (RFC 1071), read as big-endian words from any alignment.
 *
 * Sums are plain numbers: 32-bit words are added (RFC 1071 section 2, parallel summation), and 2^21 of them fit
 * below 2^53, far more than a datagram of 65,535 bytes holds.
 */
export function sumWords(view: DataView, offset: number, byteLength: number): number {
  let sum = 0;
  let i = offset;
  const end = offset + byteLength;
  for (; i + 8 <= end; i += 8) sum += view.getUint32(i) + view.getUint32(i + 4);
  for (; i + 2 <= end; i += 2) sum += view.getUint16(i);
  if (i < end) sum += view.getUint8(i) << 8;
  return sum;
}

/** Folds a sum to 16 bits with end-around carry; 0xffff and 0 both mean zero. */
export function foldSum(sum: number): number {
  let folded = (sum % 0x1_0000_0000) + Math.floor(sum / 0x1_0000_0000);
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** True when a folded sum over data and its checksum field says that the data is intact. */
export function isIntact(sum: number): boolean {
  return foldSum(sum) === 0xffff;
}

const UDP = 17;

/**
 * The sum over a UDP pseudo-header (RFC 768; RFC 8200 section 8.1): both addresses, protocol and length.
 *
 * @param source offset of the source address
 * @param destination offset of the destination address
 * @param addressBytes 4 or 16, of each of them
 * @param udpLength bytes of UDP header and payload
 */
export function sumPseudoHeader(
  view: DataView,
  source: number,
  destination: number,
  addressBytes: number,
  udpLength: number,
): number {
  return sumWords(view, source, addressBytes) + sumWords(view, destination, addressBytes) + UDP + udpLength;
}
