import { formatCount } from '../../../codecs/text.js';
import type { Receiver } from '../../engine/interface.js';
import { REJECTIONS, type ReceiverCounters, type RejectionReason } from '../../engine/ports/events.js';
import type { TellProblem } from '../../state/state.js';

/** Milliseconds in which a session begins when there is one: tables come every few seconds. */
const PATIENCE = 60_000;
/** Milliseconds between two words on it. */
const INTERVAL = 600_000;
/** Reasons that are named. */
const MAX_REASONS = 3;

/** Datagrams that were of use, or would have been: after a restart no session begins, since its tables are known. */
const usable = ({ kept, duplicates, surplus }: ReceiverCounters) => kept + duplicates + surplus;

/** Tells when datagrams come and no session of a trusted publisher begins: silence of another kind. */
export function watchForSession(
  receiver: Pick<Receiver, 'on' | 'counters'>,
  tellProblem: TellProblem,
  now: () => number,
): { check(): void } {
  let hasSession = false;
  receiver.on('session', () => {
    hasSession = true;
  });
  const before = usable(receiver.counters);
  let due: number | undefined;
  return {
    check() {
      if (hasSession || usable(receiver.counters) > before || receiver.counters.datagrams === 0) return;
      due ??= now() + PATIENCE;
      if (now() < due) return;
      due = now() + INTERVAL;
      tellProblem('no session', describeNoSession(receiver.counters));
    },
  };
}

export function describeNoSession(counters: ReceiverCounters): string {
  const reasons = (Object.keys(REJECTIONS) as RejectionReason[])
    .filter((reason) => counters[reason] > 0)
    .sort((a, b) => counters[b] - counters[a])
    .slice(0, MAX_REASONS)
    .map((reason) => `${counters[reason].toLocaleString('en-US')} ${REJECTIONS[reason]}`);
  const why = reasons.length === 0 ? 'no table was among them' : reasons.join('; ');
  return `${formatCount(counters.datagrams, 'datagram')} came, and no session of a publisher of --trust: ${why}. Compare group and port with the sender's, and --trust with the publisher's key.`;
}
