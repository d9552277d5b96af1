/** Something that keeps a reception from its end; the message is a sentence for the user. */
export class ReceiveError extends Error {
  override readonly name = 'ReceiveError';
}
