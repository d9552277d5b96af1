/** What every FEC scheme knows of an object; each scheme adds its own (RFC 5052 section 6.2). */
export interface ObjectParameters {
  /** FEC Encoding ID, 0..255. */
  readonly encodingId: number;
  /** Bytes of the transfer object. */
  readonly transferLength: number;
  /** Bytes of an encoding symbol. */
  readonly symbolSize: number;
}

/** A part of the transfer object that is coded by itself. */
export interface SourceBlock {
  /** Source block number. */
  readonly sbn: number;
  /** Byte offset in the transfer object. */
  readonly offset: number;
  /** Bytes in the transfer object; less than `sourceSymbols` symbols in the last block only. */
  readonly byteLength: number;
  readonly sourceSymbols: number;
}

/** The FEC payload ID: which symbol of which source block comes first in a datagram. */
export interface PayloadId {
  /** Source block number. */
  readonly sbn: number;
  /** Encoding symbol ID. */
  readonly esi: number;
}

export interface BlockEncoder {
  /**
   * One encoding symbol. In Compact No-Code the object's last symbol has the bytes that are left (RFC 5445
   * section 3.2.2); every other symbol has the symbol size, zero-padded where the object ends inside it.
   */
  symbol(esi: number): Uint8Array;
  /** `count` symbols with consecutive ESIs, one after the other; at the start of `into` where that is given. */
  symbols(firstEsi: number, count: number, into?: Uint8Array): Uint8Array;
  /** Gives the memory back; the encoder cannot be used afterwards. */
  free(): void;
}

export interface BlockDecoder {
  /** Takes a copy of a symbol; false when it is a duplicate or its ESI or length is out of range. */
  add(esi: number, symbol: Uint8Array): boolean;
  /** Different symbols taken. */
  readonly received: number;
  /** True once the block is rebuilt; false when more symbols are needed. */
  tryDecode(): boolean;
  /** The block's bytes, after `tryDecode` has returned true; at the start of `into` where that is given. */
  data(into?: Uint8Array): Uint8Array;
  /** The same where it stands, in the decoder's memory where that is possible: valid until `free`. */
  view(): Uint8Array;
  /** Gives the memory back; the decoder cannot be used afterwards. */
  free(): void;
}

/** A fully-specified FEC scheme (RFC 5052 section 6). */
export interface FecScheme<P extends ObjectParameters = ObjectParameters> {
  /** FEC Encoding ID. */
  readonly encodingId: number;
  readonly name: string;
  /** Bytes of the FEC payload ID. */
  readonly payloadIdLength: number;
  /** Reads `payloadIdLength` bytes; the caller has checked that they are there. */
  parsePayloadId(bytes: Uint8Array, offset: number): PayloadId;
  /** @throws FecError when a number does not fit its field */
  writePayloadId(id: PayloadId, into: Uint8Array, offset: number): void;
  /**
   * Parses the whole EXT_FTI header extension, HET included.
   *
   * @throws FecError
   */
  parseFti(extension: Uint8Array): P;
  /**
   * Builds the whole EXT_FTI header extension, HET included.
   *
   * @throws FecError when the parameters are not valid
   */
  buildFti(parameters: P): Uint8Array;
  /** The FEC-OTI attributes of the FDT, without FEC-OTI-FEC-Encoding-ID (RFC 6726 section 3.4.2). */
  attributesFrom(parameters: P): Record<string, string>;
  /**
   * Reads the FEC-OTI attributes of the FDT.
   *
   * @param transferLength bytes of the transfer object, from the FDT
   * @throws FecError
   */
  parametersFrom(attributes: Readonly<Record<string, string>>, transferLength: number): P;
  /** All source blocks, in the order of their numbers; at most 65,536. */
  blocks(parameters: P): SourceBlock[];
  /** The largest ESI that a symbol of the block can have. */
  maxEsi(parameters: P, block: SourceBlock): number;
  /** @param source the block's `byteLength` bytes */
  createBlockEncoder(parameters: P, block: SourceBlock, source: Uint8Array): BlockEncoder;
  createBlockDecoder(parameters: P, block: SourceBlock): BlockDecoder;
}

/** The schemes at hand by FEC Encoding ID. */
export type FecSchemes = ReadonlyMap<number, FecScheme>;
