/** What a file has at one place. */
export interface Framed {
  /** Bytes of it in all; more than are there: so many are needed to read it, or to tell how long it is. */
  readonly length: number;
  readonly packet?: FramedPacket;
  /** It is damaged, the first such place after sound ones. */
  readonly isDamaged?: boolean;
}

/** A packet as the recorder stored it; offsets are those of the memory that was given. */
export interface FramedPacket {
  /** Link type (www.tcpdump.org/linktypes.html); undefined: the file does not say it. */
  readonly linkType: number | undefined;
  /** Nanoseconds since 1970; 0 where there is no time. */
  readonly timestampNs: bigint;
  readonly at: number;
  readonly end: number;
  /** The recorder stored its beginning only. */
  readonly isCutShort: boolean;
}

/** Cuts a file into its packets. What it is given next begins behind the last `Framed`. */
export interface Framing {
  /**
   * Reads what begins at `at`.
   *
   * @param view of the memory up to which the file has been read
   * @param position of `at` in the file, bytes
   * @throws PcapError when the file is damaged so that nothing behind can be read
   */
  next(view: DataView, at: number, position: number): Framed;
  /**
   * At the end of the file, behind what is incomplete at the start of `view`: where something sound begins.
   *
   * @returns an offset above 0, or undefined when there is nothing
   */
  resume?(view: DataView): number | undefined;
}
