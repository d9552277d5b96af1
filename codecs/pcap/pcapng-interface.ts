/** An interface of a pcapng section (draft-ietf-opsawg-pcapng, Interface Description Block). */
export interface Interface {
  readonly linkType: number;
  /** Bytes of a packet that are stored at most; 0: all. */
  readonly snapLength: number;
  /** Units of time stamps in a second. */
  readonly unitsPerSecond: bigint;
  /** Seconds that are added to time stamps. */
  readonly offset: bigint;
}

const OPTION_END = 0;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const MICROSECONDS = 1_000_000n;
const NANOSECONDS = 1_000_000_000n;

/** Reads the body of an Interface Description Block, which has 8 bytes at least; options that contradict it end the list. */
export function parseInterface(view: DataView, body: number, end: number, littleEndian: boolean): Interface {
  let unitsPerSecond = MICROSECONDS;
  let offset = 0n;
  for (let at = body + 8; at + 4 <= end; ) {
    const code = view.getUint16(at, littleEndian);
    const length = view.getUint16(at + 2, littleEndian);
    const value = at + 4;
    if (code === OPTION_END || value + length > end) break;
    if (code === IF_TSRESOL && length === 1) unitsPerSecond = resolutionOf(view.getUint8(value));
    if (code === IF_TSOFFSET && length === 8) offset = view.getBigInt64(value, littleEndian);
    at = value + Math.ceil(length / 4) * 4;
  }
  const linkType = view.getUint16(body, littleEndian);
  return { linkType, snapLength: view.getUint32(body + 4, littleEndian), unitsPerSecond, offset };
}

/** A negative power of 10, or of 2 when the highest bit is set. */
function resolutionOf(value: number): bigint {
  return (value & 0x80) === 0 ? 10n ** BigInt(value) : 2n ** BigInt(value & 0x7f);
}

/** The time stamp of a packet, nanoseconds since 1970; times before are 0. */
export function timeOf(
  view: DataView,
  at: number,
  littleEndian: boolean,
  { unitsPerSecond, offset }: Interface,
): bigint {
  const high = view.getUint32(at, littleEndian);
  const low = view.getUint32(at + 4, littleEndian);
  const units = (BigInt(high) << 32n) | BigInt(low);
  const since1970 = unitsPerSecond === NANOSECONDS ? units : (units * NANOSECONDS) / unitsPerSecond;
  const time = since1970 + offset * NANOSECONDS;
  return time < 0n ? 0n : time;
}
