/** How far a stream has come: what another multiplexer needs to go on where one has ended. */
export interface StreamState {
  /** Blocks of 40 ms sent; times and the length of the stream follow from them. */
  readonly blocks: number;
  /** The block that the slate of a television service began with; 0 unless given. */
  readonly slateBegan?: number;
  /** Messages sent, modulo 2^32. */
  readonly messages: number;
  /** The last continuity counter of each PID. */
  readonly continuity: Readonly<Record<number, number>>;
}

export const NEW_STREAM: StreamState = { blocks: 0, messages: 0, continuity: {} };

/** What a stream is to carry: a datagram, or an IP packet in a data service. */
export interface StreamDatagram {
  readonly bytes: Uint8Array;
  /** program_number of the programme that carries it; 1 unless given. */
  readonly programme?: number;
}

/** Makes a transport stream of a constant bit rate out of datagrams. */
export interface StreamMultiplexer {
  /**
   * The packets of the next 40 ms or so, with as many datagrams as there is room for.
   *
   * @param take gives the next datagram; undefined when none is to be sent now
   * @throws TransportStreamError when a datagram is too long
   */
  next(take: () => StreamDatagram | undefined): Uint8Array;
  /** Packets of the stream before the next ones. */
  readonly position: number;
  /** True when nothing that was taken waits for its packets. */
  readonly isDrained: boolean;
  readonly state: StreamState;
}
