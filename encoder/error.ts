/** Content, keys or a size that cannot be sent; the message is a sentence for the operator. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
}
