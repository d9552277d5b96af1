/** A file delivery table that is damaged, hostile, too large or incomplete. */
export class FdtError extends Error {
  override name = 'FdtError';
}
