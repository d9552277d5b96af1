import { fingerprint } from '../../codecs/minisign/index.js';
import { describeKinds, describePackets, type Kinds } from '../../codecs/recording/index.js';
import { formatCount } from '../../codecs/text.js';
import { isWritten, type ReceiveReport } from './receive-report.js';

/** Why nothing was written, in a sentence that says what to do. */
export function explainFailure(report: ReceiveReport): string | undefined {
  const { bundles, incomplete, refusals, untrusted, trusted, sessions, refusedSessions, counters } = report;
  if (isWritten(report)) return undefined;
  const isMissing = bundles.some(({ parts }) => parts.some(({ state }) => state === 'missing'));
  if (isMissing || incomplete.length > 0) return undefined;
  if (untrusted.length > 0) {
    const trustedText = trusted.length === 0 ? 'no key is trusted' : `trusted: ${fingerprints(trusted)}`;
    return (
      `The session is signed in the name of a publisher who is not trusted, with the fingerprint ${fingerprints(untrusted)} (${trustedText}). ` +
      'If that is the fingerprint of the right publisher, give the public key with --trust.'
    );
  }
  if (refusedSessions.length > 0 && sessions.length === 0) {
    const list = refusedSessions.map((tsi) => tsi ?? 'none').join(', ');
    return (
      `The recording holds sessions without authentication only (TSI ${list}): anybody could have sent them. ` +
      'To read them all the same, add --allow-unsigned.'
    );
  }
  if (refusals.length > 0) return 'Nothing of the session could be used.';
  if (sessions.length > 0) return 'The session announces no object that could be received.';
  if (counters.datagrams === 0) {
    const packets = report.recordings.map(({ counters }) => describePackets(counters)).join('; ');
    return `The recording holds no UDP datagram. It has ${packets}.`;
  }
  if (counters.forged + counters['bad-certificate'] > 0) {
    return `No session found: ${formatCount(counters.forged + counters['bad-certificate'], 'datagram')} of file delivery tables, all forged or damaged.`;
  }
  const found = `What the first of them carry: ${describeKinds(kindsOf(report))}.`;
  const readable = counters.datagrams - counters.malformed;
  return readable > 0
    ? `No session found: of ${formatCount(counters.datagrams, 'datagram')} none is of a file delivery table that can be read. A longer recording may have one. ${found}`
    : `No session found: none of the ${formatCount(counters.datagrams, 'datagram')} is an ALC packet that can be read. ${found}`;
}

function kindsOf({ recordings }: ReceiveReport): Kinds {
  const kinds: Kinds = {};
  for (const [kind, count] of recordings.flatMap((each) => Object.entries(each.kinds))) {
    kinds[kind] = (kinds[kind] ?? 0) + count;
  }
  return kinds;
}

function fingerprints(publishers: readonly string[]): string {
  return publishers.map(fingerprint).join(', ');
}
