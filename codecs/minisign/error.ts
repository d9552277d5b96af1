/** A minisign key or signature that cannot be used as it is. */
export class MinisignError extends Error {
  override readonly name = 'MinisignError';
}
