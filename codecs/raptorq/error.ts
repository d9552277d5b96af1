/** What the RaptorQ codec throws: parameters or symbols outside of what RFC 6330 allows. */
export class RaptorQError extends Error {
  override name = 'RaptorQError';
}
