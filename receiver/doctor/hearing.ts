import { type AlcPacket, findExtension, HET, parseAlc } from '../../codecs/alc/index.js';
import { parseCertExtension, type UplinkCertificate, verifyCertificate } from '../../codecs/auth/index.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import type { SocketAddress } from '../../codecs/net/index.js';
import { createCarriedStreams } from '../../codecs/recording/index.js';

/** A session that was heard. */
export interface HeardSession {
  /** Transport session identifier; undefined when the datagrams have none. */
  readonly tsi: number | undefined;
  readonly datagrams: number;
  /** The last one that its tables carried, when the signature of the publisher whom it names is good. */
  readonly certificate: UplinkCertificate | undefined;
}

/** Tells what datagrams are, and keeps little of them, whoever sends them. */
export interface Hearing {
  readonly datagrams: number;
  readonly bytes: number;
  /** Datagrams that are no ALC, and carry no transport packets. */
  readonly foreign: number;
  /** Datagrams that carry transport packets; those that are in these count as what they are. */
  readonly transport: number;
  /** Those with the most datagrams first. */
  readonly sessions: readonly HeardSession[];
  take(datagram: Uint8Array, sender: SocketAddress): void;
  /** Fulfilled when all that was taken is looked at. */
  settled(): Promise<void>;
}

/** Sessions that are told apart. */
const MAX_SESSIONS = 64;
/** Certificates that wait to be verified; what is more comes again with the next table. */
const MAX_WAITING = 64;

/** @param listensAt where the datagrams are sent to */
export function createHearing(crypto: Crypto, schemes: FecSchemes, listensAt: SocketAddress): Hearing {
  const carried = createCarriedStreams();
  const sessions = new Map<number | undefined, { -readonly [K in keyof HeardSession]: HeardSession[K] }>();
  let [datagrams, bytes, foreign] = [0, 0, 0];
  let waiting = 0;
  let verifying = Promise.resolve();

  function look(datagram: Uint8Array): void {
    const lct = lctOf(datagram);
    if (lct === undefined) {
      foreign++;
      return;
    }
    const session = sessions.get(lct.tsi) ?? { tsi: lct.tsi, datagrams: 0, certificate: undefined };
    if (sessions.size >= MAX_SESSIONS && !sessions.has(lct.tsi)) return;
    sessions.set(lct.tsi, session);
    session.datagrams++;
    const extension = lct.toi === 0 ? findExtension(lct, HET.CERT) : undefined;
    if (extension === undefined || session.certificate !== undefined || waiting === MAX_WAITING) return;
    const { offset, length } = extension;
    const bytes = datagram.subarray(offset, offset + length);
    waiting++;
    verifying = verifying
      .then(async () => {
        const certificate = parseCertExtension(bytes);
        if (await verifyCertificate(crypto, certificate)) session.certificate = certificate;
      })
      // one that is damaged proves nothing
      .catch(() => {})
      .finally(() => waiting--);
  }

  /** Undefined when it is no ALC. */
  function lctOf(datagram: Uint8Array): AlcPacket['lct'] | undefined {
    try {
      return parseAlc(datagram, schemes).lct;
    } catch {
      return undefined;
    }
  }

  return {
    get datagrams() {
      return datagrams;
    },
    get bytes() {
      return bytes;
    },
    get foreign() {
      return foreign;
    },
    get transport() {
      return carried.counts.outer;
    },
    get sessions() {
      return [...sessions.values()].sort((a, b) => b.datagrams - a.datagrams);
    },
    take(payload, { address: source, port: sourcePort }) {
      datagrams++;
      bytes += payload.length;
      const { address: destination, port: destinationPort } = listensAt;
      const sent = { source, sourcePort, destination, destinationPort };
      for (const each of carried.take([{ timestampNs: 0n, ...sent, payload }])) look(each.payload);
    },
    settled: () => verifying,
  };
}
