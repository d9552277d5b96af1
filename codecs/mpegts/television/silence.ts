/** Seconds of a frame are 1,152 / 48,000: 24 ms. */
export const AUDIO_FRAME_TIME = 2160;

/** Bytes of a frame of 32 kbit/s: 144 * 32,000 / 48,000. */
const FRAME_LENGTH = 96;
/** MPEG-1, layer II, no CRC; 32 kbit/s, 48 kHz, not padded; one channel, an original (ISO/IEC 11172-3 section 2.4.1.3). */
const FRAME_HEADER = [0xff, 0xfd, 0x14, 0xc4];

/** Frames of MPEG audio without a sound: no subband has a bit allocated. */
export function silentFrames(count: number): Uint8Array {
  const frames = new Uint8Array(count * FRAME_LENGTH);
  for (let at = 0; at < frames.length; at += FRAME_LENGTH) frames.set(FRAME_HEADER, at);
  return frames;
}
