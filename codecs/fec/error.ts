/** FEC object transmission information or a payload ID that its FEC scheme does not allow. */
export class FecError extends Error {
  override name = 'FecError';
}
