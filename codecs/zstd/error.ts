/** Data that is no zstd, is damaged or asks for more than the limits allow, or a level that does not exist. */
export class ZstdError extends Error {
  override readonly name = 'ZstdError';
}
