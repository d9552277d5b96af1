/** Seconds from the NTP epoch (1900-01-01) to the Unix epoch (RFC 5905 section 6). */
const UNIX_EPOCH_IN_NTP = 2_208_988_800;
const ERA = 2 ** 32;

/** NTP seconds, modulo 2^32, of a Unix time in seconds; the fraction is kept. */
export function ntpFromUnix(unixSeconds: number): number {
  return (((unixSeconds + UNIX_EPOCH_IN_NTP) % ERA) + ERA) % ERA;
}

/** Unix seconds of 32-bit NTP seconds; values before 1968 are read as the era that begins in 2036. */
export function unixFromNtp(ntpSeconds: number): number {
  return ntpSeconds - UNIX_EPOCH_IN_NTP + (ntpSeconds < ERA / 2 ? ERA : 0);
}
