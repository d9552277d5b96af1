/** Content that cannot be sent, or an edition that is damaged or unsafe to unpack. */
export class EditionError extends Error {
  override readonly name = 'EditionError';
}
