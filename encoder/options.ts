import { InvalidArgumentError } from 'commander';
import { MAX_AUTH_DEPTH } from '../codecs/auth/index.js';
import { parseScaled } from '../codecs/decimal.js';
import { MAX_SERVICE_NAME_BYTES } from '../codecs/mpegts/index.js';
import { duration, percentage, wholeNumber } from '../codecs/node/options.js';
import { parseMac } from '../codecs/pcap/index.js';
import { hasUnprintable } from '../codecs/text.js';
import { type Destination, parseDestination } from './session/destination.js';
import { MAX_LOSS } from './session/repair.js';
import { parseStreamDestination, type StreamDestination } from './transport-stream/destination.js';

export const lossPercentage = percentage(100 * MAX_LOSS);
export const repairPercentage = percentage(100_000);

/** Smaller packets have no room for the table's headers at every authentication depth; IP has no larger ones. */
export const mtuBytes = wholeNumber(576, 65_535);
/** 2^32 - 1 is the largest sequence number. */
export const sequenceNumber = wholeNumber(1, 2 ** 32 - 1);
/** Levels of zstd. */
export const compressionLevel = wholeNumber(1, 22);
export const authDepth = wholeNumber(0, MAX_AUTH_DEPTH);

const MIN_RATE = 100;
const MAX_RATE = 1e12;

/** Bits per second: `64000`, `64k`, `2.5M`, `1G`. */
export function bitRate(text: string): number {
  const rate = parseScaled(text) ?? Number.NaN;
  if (!(rate >= MIN_RATE && rate <= MAX_RATE)) {
    throw new InvalidArgumentError(
      'A rate in bits per second is needed, from 100 to 1000G, like 64000, 64k or 2.5M.',
    );
  }
  return rate;
}

/** More than any transponder has. */
const MAX_STREAM_RATE = 1e9;

/** Bits per second of a transport stream. */
export function streamRate(text: string): number {
  const rate = bitRate(text);
  if (rate > MAX_STREAM_RATE) throw new InvalidArgumentError('A transport stream may have 1G at most.');
  return rate;
}

/** The name of a service, as its table can say it. */
export function serviceName(text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes === 0 || bytes > MAX_SERVICE_NAME_BYTES || /\p{Cc}/u.test(text)) {
    throw new InvalidArgumentError(
      `A name of 1 to ${MAX_SERVICE_NAME_BYTES} bytes of UTF-8 without control characters is needed.`,
    );
  }
  return text;
}

/** `ADDRESS:PORT`, IPv6 addresses in brackets. */
export function destination(text: string): Destination {
  const parsed = parseDestination(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError(
      'An address and a port are needed, like 239.255.0.1:4001 or [ff15::1]:4001.',
    );
  }
  return parsed;
}

/** `destination`, which may be given several times. */
export function destinations(text: string, before: readonly Destination[] = []): Destination[] {
  return [...before, destination(text)];
}

/** `udp://ADDRESS:PORT` or `rtp://ADDRESS:PORT`. */
export function streamDestination(text: string): StreamDestination {
  const parsed = parseStreamDestination(text);
  if (parsed === undefined) {
    throw new InvalidArgumentError(
      'Give udp:// or rtp:// with an address and a port, like udp://239.1.1.1:5000 or rtp://[ff15::1]:5000.',
    );
  }
  return parsed;
}

/** The same, which may be given several times. */
export function streamDestinations(
  text: string,
  before: readonly StreamDestination[] = [],
): StreamDestination[] {
  return [...before, streamDestination(text)];
}

/** What receivers call a bundle. */
export function editionName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '' || name.length > MAX_NAME_LENGTH || hasUnprintable(name)) {
    throw new InvalidArgumentError(`A name of 1 to ${MAX_NAME_LENGTH} visible characters is needed.`);
  }
  return name;
}

/** What the index of an edition can say (docs/wire-format.md). */
export const MAX_NAME_LENGTH = 200;

/** An Ethernet address. */
export function ethernetAddress(text: string): string {
  try {
    parseMac(text);
    return text;
  } catch {
    throw new InvalidArgumentError('An Ethernet address is needed, like 02:00:00:00:00:01.');
  }
}

/** Transfer lengths have 40 bits. */
const MAX_BYTES = 2 ** 40 - 1;

/** Bytes: `10000000`, `500k`, `70M`, `1.5G`; undefined when the text is something else. */
export function contentSize(text: string): number | undefined {
  const scaled = parseScaled(text);
  if (scaled === undefined) return undefined;
  const bytes = Math.round(scaled);
  if (bytes < 1 || bytes > MAX_BYTES) {
    throw new InvalidArgumentError('A size from 1 byte to 1 TB is needed, like 10000000, 500k or 70M.');
  }
  return bytes;
}

/** Seconds, 0 or more: `90`, or with a unit like `15m`. */
export function timeSpan(text: string): number {
  return /^[0-9]{1,9}(?:\.[0-9]{1,6})?$/.test(text) ? Number(text) : duration(text) / 1000;
}

/** `2/3`: the second of three uplinks. The index counts from 0. */
export function shard(text: string): { readonly index: number; readonly count: number } {
  const parts = /^([0-9]{1,3})\/([0-9]{1,3})$/.exec(text);
  const index = Number(parts?.[1]) - 1;
  const count = Number(parts?.[2]);
  if (!(index >= 0 && index < count && count <= MAX_SHARDS)) {
    throw new InvalidArgumentError(`A shard is needed, like 1/2 or 2/2; there may be ${MAX_SHARDS}.`);
  }
  return { index, count };
}

const MAX_SHARDS = 64;
/** Time to live of IPv4, hop limit of IPv6. */
export const timeToLive = wholeNumber(1, 255);
export const passCount = wholeNumber(1, 1_000_000);
/** Bytes of a token bucket. */
export const burstBytes = wholeNumber(0, 100_000_000);
