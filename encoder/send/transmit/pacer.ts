/** Says when each packet is due: a token bucket that is drawn from only to make up for lateness. */
export interface Pacer {
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Time in milliseconds at which the next packet may leave, without any credit. */
  readonly due: number;
  /** Takes note that a packet of `bytes` leaves at `now`. */
  sent(bytes: number, now: number): void;
  /** @param burst bytes of the bucket, 0 or more */
  setRate(rate: number, burst: number, now: number): void;
  /** The next packet is due at `now` at the earliest: nothing is made up for. */
  restart(now: number): void;
}

/** A bucket holds some packets at low rates, and some milliseconds of packets at high ones. */
const BURST_PACKETS = 4;
const BURST_SECONDS = 0.008;

/** Bytes of the bucket unless the operator gives them. */
export function defaultBurst(rate: number, mtu: number): number {
  return Math.max(BURST_PACKETS * mtu, Math.ceil((rate / 8) * BURST_SECONDS));
}

/**
 * A constant rate. Packets are due at even distances; after a delay they follow at once until the delay is made up for,
 * but no more than the bucket holds: in any time t at most `rate` * t + `burst` leave, and the packet that is on its way.
 * What the bucket cannot hold is airtime lost.
 *
 * @param rate bits per second of IP packets, above 0
 * @param burst bytes of the bucket, 0 or more
 * @param now milliseconds; the first packet is due now
 */
export function createPacer(rate: number, burst: number, now: number): Pacer {
  let due = now;
  const milliseconds = (bytes: number) => (8000 * bytes) / rate;
  return {
    get rate() {
      return rate;
    },
    get due() {
      return due;
    },
    sent(bytes, at) {
      due = Math.max(due, at - milliseconds(burst)) + milliseconds(bytes);
    },
    setRate(next, bucket, at) {
      // The pause after the last packet was reckoned at the old rate.
      due = at + Math.max(0, due - at) * (rate / next);
      rate = next;
      burst = bucket;
    },
    restart(at) {
      due = Math.max(due, at);
    },
  };
}
