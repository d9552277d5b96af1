import { setTimeout } from 'node:timers/promises';
import { equalBytes, toHex } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import { timeOf } from '../../codecs/edition/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { fingerprint, type PublicKey } from '../../codecs/minisign/index.js';
import { formatSocketAddress, isIpv6 } from '../../codecs/net/index.js';
import { formatCount } from '../../codecs/text.js';
import { ReceiveError } from '../error.js';
import { type ListeningSocket, openListeningSocket, type SocketOptions } from '../live/input/socket.js';
import { explainDrops, explainSilence } from '../live/silence/explain.js';
import { linkState } from '../live/silence/link-state.js';
import { hearOthers } from '../live/silence/others.js';
import { type Finding, right, unsure, wrong } from './finding.js';
import { createHearing, type HeardSession, type Hearing } from './hearing.js';

export interface ReceptionOptions extends SocketOptions {
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  /** Publishers whose sessions are wanted; none: all are. */
  readonly trust: readonly PublicKey[];
  /** Milliseconds to listen. */
  readonly duration: number;
  readonly interrupted: AbortSignal;
  /** Unix time in milliseconds. */
  now(): number;
}

/** Listens for a while, and finds out what arrives and why the rest does not. */
export async function examineReception(options: ReceptionOptions): Promise<Finding[]> {
  const hearing = createHearing(options.crypto, options.schemes, options.listenAt);
  let socket: ListeningSocket;
  try {
    socket = await openListeningSocket(options, hearing.take, () => {});
  } catch (error) {
    if (!(error instanceof ReceiveError)) throw error;
    return [wrong('join', error.message)];
  }
  const { listensAt, joinedBy } = socket;
  const { address } = listensAt;
  const before = linkState(address, joinedBy?.name);
  const others = hearOthers(listensAt);
  try {
    await setTimeout(options.duration, undefined, { signal: options.interrupted });
  } catch {
    throw options.interrupted.reason;
  } finally {
    others.close();
    await socket.close();
  }
  await hearing.settled();
  const now = linkState(address, joinedBy?.name);
  const foreign = { ...others.heard, datagrams: Math.max(0, others.heard.datagrams - hearing.datagrams) };
  const heard = { listensAt, joinedBy: joinedBy?.name, source: options.source, before, now, others: foreign };
  const at = formatSocketAddress(listensAt);
  const by = joinedBy === undefined ? '' : `, joined by the network interface ${joinedBy.name}`;
  return [
    right('join', `Listening at ${at}${by}.`),
    ...strictness(address, joinedBy?.name, now.reversePathFilter),
    ...(hearing.datagrams === 0
      ? [wrong('heard', [`No datagram came in ${seconds(options)}.`, ...explainSilence(heard)].join(' '))]
      : [arrived(hearing, options), ...explainDrops(heard).map((message) => wrong('kernel', message))]),
    ...(hearing.datagrams === 0 ? [] : judge(hearing, options)),
  ];
}

const seconds = ({ duration }: ReceptionOptions) => formatCount(duration / 1000, 'second');

function strictness(address: string, name: string | undefined, filter: number | undefined): Finding[] {
  if (name === undefined || filter === undefined || isIpv6(address)) return [];
  if (filter === 0)
    return [right('rp_filter', `The kernel takes packets at ${name} from any sender (rp_filter 0).`)];
  const which = filter === 1 ? `is reached by ${name}` : 'is reached by some interface';
  return [
    unsure(
      'rp_filter',
      `The kernel takes packets at ${name} only from senders whose address ${which} (rp_filter ${filter}): on a one-way link that may be none. As root: sysctl -w net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.${name}.rp_filter=0`,
    ),
  ];
}

function arrived({ datagrams, bytes }: Hearing, options: ReceptionOptions): Finding {
  const rate = Math.round((8 * bytes) / options.duration);
  return right(
    'heard',
    `${formatCount(datagrams, 'datagram')} came in ${seconds(options)}, ${rate.toLocaleString('en-US')} kbit/s.`,
  );
}

/** What the datagrams are. */
function judge(hearing: Hearing, { trust, listenAt, now }: ReceptionOptions): Finding[] {
  const { foreign, transport, sessions } = hearing;
  const found: Finding[] = [];
  if (transport > 0) {
    const stream = `${formatCount(transport, 'datagram')} of a transport stream`;
    found.push(
      sessions.length > 0
        ? right('stream', `${stream}, and datagrams of sessions in it.`)
        : wrong(
            'stream',
            `${stream}, and no datagrams of a session in it: another programme, or one that is scrambled.`,
          ),
    );
  }
  if (foreign > 0) {
    const message = `${formatCount(foreign, 'datagram')} ${foreign === 1 ? 'is' : 'are'} no ALC: another service is sent to ${formatSocketAddress(listenAt)} as well, or instead.`;
    found.push(sessions.length === 0 ? wrong('datacast', message) : unsure('datacast', message));
  }
  for (const session of sessions) found.push(sessionFinding(session, trust, now()));
  const isWanted = ({ certificate }: HeardSession) =>
    certificate !== undefined && trust.some((key) => equalBytes(key.publicKey, certificate.publisherKey));
  if (trust.length > 0 && sessions.length > 0 && !sessions.some(isWanted)) {
    found.push(
      wrong(
        'trust',
        `No session is of a publisher of --trust (${trust.map((key) => fingerprint(toHex(key.publicKey))).join(', ')}). Compare the fingerprints with the one that the publisher has told you. When a publisher has another key by now, "listen" learns it from the session.`,
      ),
    );
  }
  return found;
}

function sessionFinding(
  { tsi, datagrams, certificate }: HeardSession,
  trust: readonly PublicKey[],
  now: number,
): Finding {
  const session = `Session ${tsi ?? 'without TSI'}, ${formatCount(datagrams, 'datagram')}`;
  if (certificate === undefined) {
    return unsure(
      'session',
      `${session}: no table with a certificate was among them. Listen longer with --duration; if none comes, it is a session of another sender, which nobody signed.`,
    );
  }
  const of = `${session}, of publisher ${fingerprint(toHex(certificate.publisherKey))}`;
  if (certificate.notAfter < now / 1000)
    return wrong(
      'session',
      `${of}: its certificate ended on ${timeOf(certificate.notAfter)}, and the clock of this machine says ${timeOf(now / 1000)}.`,
    );
  if (certificate.notBefore > now / 1000)
    return wrong(
      'session',
      `${of}: its certificate begins on ${timeOf(certificate.notBefore)}, and the clock of this machine says ${timeOf(now / 1000)}. Set the clock right.`,
    );
  if (trust.length === 0) return right('session', `${of}.`);
  const isTrusted = trust.some((key) => equalBytes(key.publicKey, certificate.publisherKey));
  return isTrusted
    ? right('session', `${of}, who is trusted.`)
    : unsure('session', `${of}, who is not trusted here.`);
}
