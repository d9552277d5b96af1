/** A transport stream that cannot be written as asked. Reading never throws: damage is counted. */
export class TransportStreamError extends Error {
  override readonly name = 'TransportStreamError';
}
