/** Namespace of the FDT in RFC 6726 (FLUTE version 2). */
export const FDT_NAMESPACE_V2 = 'urn:ietf:params:xml:ns:fdt';
/** Namespace of the FDT in the 3GPP profile of FLUTE version 1. */
export const FDT_NAMESPACE_V1 = 'urn:IETF:metadata:2005:FLUTE:FDT';
/** Namespace of this project's attributes. */
export const DATACAST_NAMESPACE = 'urn:datacast:fdt:1';

/** A file delivery table instance (RFC 6726 section 3.4.2). */
export interface Fdt {
  /** XML namespace of the table. */
  readonly namespace: string;
  /** When the table expires: 32-bit NTP seconds (`unixFromNtp` of codecs/ntp.ts reads them). */
  readonly expires: number;
  /** True when no other instance will announce more files. */
  readonly complete?: boolean;
  readonly files: readonly FdtFile[];
}

/** A file of the table; what the table states for all files is filled in. */
export interface FdtFile {
  /** Transport object identifier, 1..2^53-1. */
  readonly toi: number;
  /** Content-Location: a URI as it stands in the table. Hostile until checked. */
  readonly contentLocation: string;
  readonly contentType?: string;
  readonly contentEncoding?: string;
  /** Bytes of the file before content encoding. */
  readonly contentLength?: number;
  /** Bytes of the transfer object. */
  readonly transferLength?: number;
  /** MD5 of the file, 16 bytes. */
  readonly contentMd5?: Uint8Array;
  readonly fec: FdtFec;
  /** SHA-256 of the transfer object, 32 bytes. */
  readonly sha256?: Uint8Array;
  /** The channel's sequence number, 0..2^53-1. */
  readonly sequence?: number;
  /** The text of the minisign signature file over the transfer object. */
  readonly signature?: string;
}

/** FEC object transmission information in the table (RFC 6726 section 5.2). */
export interface FdtFec {
  /** FEC-OTI-FEC-Encoding-ID, 0..255. */
  readonly encodingId?: number;
  /** The other FEC-OTI attributes by their full names, for the FEC scheme to read. */
  readonly attributes: Readonly<Record<string, string>>;
}
