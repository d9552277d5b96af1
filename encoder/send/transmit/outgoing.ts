/** A datagram on its way out. */
export interface OutgoingDatagram {
  readonly datagram: Uint8Array;
  /** Name of the programme of the transport stream that carries it; all of them unless given. */
  readonly programme?: string | undefined;
}
