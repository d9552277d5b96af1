import { type Found, findBehind, isSnap, MALFORMED } from './network.js';

/** Frame control (IEEE 802.11-2020 section 9.2.4.1): type and subtype in the first byte, flags in the second. */
const TYPE = 0x0c;
const DATA = 0x08;
/** Of a data frame: it has no data; it has a QoS control field. */
const NO_DATA = 0x40;
const QOS = 0x80;
const TO_AND_FROM_DS = 0x03;
const PROTECTED = 0x40;
const HT_CONTROL = 0x80;
/** Of the QoS control field: the frame is an A-MSDU, several frames in one. */
const A_MSDU = 0x80;

/** Of radiotap's present words: fields, and that another word follows. */
const TSFT = 1;
const FLAGS = 2;
const MORE_WORDS = 0x8000_0000;
/** In radiotap's flags: the header is padded to a multiple of 4 bytes. */
const DATA_PAD = 0x20;

/** The IP packet of an IEEE 802.11 data frame. */
export function findInWifi(view: DataView, at: number, end: number): Found {
  return findInData(view, at, end, false);
}

/** The IP packet of a data frame behind a radiotap header (www.radiotap.org), which is little-endian. */
export function findInRadiotap(view: DataView, at: number, end: number): Found {
  if (at + 8 > end || view.getUint8(at) !== 0) return MALFORMED;
  const frame = at + view.getUint16(at + 2, true);
  if (frame > end) return MALFORMED;
  const present = view.getUint32(at + 4, true);
  let fields = at + 4;
  for (let more = true; more; fields += 4) {
    if (fields + 4 > frame) return MALFORMED;
    more = (view.getUint32(fields, true) & MORE_WORDS) !== 0;
  }
  // a time of 8 bytes, aligned to 8, stands before the flags
  if ((present & TSFT) !== 0) fields = at + Math.ceil((fields - at) / 8) * 8 + 8;
  const hasFlags = (present & FLAGS) !== 0 && fields < frame;
  return findInData(view, frame, end, hasFlags && (view.getUint8(fields) & DATA_PAD) !== 0);
}

/** Reads the MAC header of a data frame (IEEE 802.11-2020 section 9.3.2.1); LLC and SNAP follow it. */
function findInData(view: DataView, at: number, end: number, isPadded: boolean): Found {
  if (at + 24 > end) return '802.11 without data';
  const control = view.getUint8(at);
  const flags = view.getUint8(at + 1);
  if ((control & TYPE) !== DATA || (control & NO_DATA) !== 0) return '802.11 without data';
  if ((flags & PROTECTED) !== 0) return 'encrypted 802.11';
  let length = 24;
  if ((flags & TO_AND_FROM_DS) === TO_AND_FROM_DS) length += 6;
  if ((control & QOS) !== 0) {
    if (at + length + 2 > end) return MALFORMED;
    if ((view.getUint8(at + length) & A_MSDU) !== 0) return '802.11 A-MSDU';
    length += (flags & HT_CONTROL) === 0 ? 2 : 6;
  }
  const body = at + (isPadded ? Math.ceil(length / 4) * 4 : length);
  return isSnap(view, body, end) ? findBehind(view, body + 6, end) : 'LLC';
}
