/** A text is no page of datacast, or one that is damaged. */
export class PageError extends Error {
  override readonly name = 'PageError';
}
