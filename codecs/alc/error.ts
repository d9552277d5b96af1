/** A datagram that is no ALC packet, or one this receiver cannot read. */
export class AlcError extends Error {
  override name = 'AlcError';
}

/** An LCT header or header extension that breaks RFC 5651, or whose numbers are too large to hold. */
export class LctError extends AlcError {
  override name = 'LctError';
}
