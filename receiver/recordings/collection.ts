import type {
  ObjectContent,
  ObjectInfo,
  ReceiverEvents,
  RejectionReason,
  SessionInfo,
} from '../engine/ports/events.js';
import type { Receiver } from '../engine/receiver.js';

/** A complete object. */
export interface Received {
  readonly object: ObjectInfo;
  readonly content: ObjectContent;
}

/** What a receiver handed out, as far as it is of use at the end. */
export interface Collection {
  readonly sessions: readonly SessionInfo[];
  /** The newest verified edition of each publisher and name. */
  editions(): Received[];
  readonly unsigned: readonly Received[];
  /** Key ids that untrusted certificates named. */
  readonly untrusted: ReadonlySet<string>;
  /** TSIs of sessions that have no authentication and were not received. */
  readonly refusedSessions: ReadonlySet<number | undefined>;
  /** Sentences on objects that were refused, each once. */
  readonly refusals: ReadonlySet<string>;
  /** Gives back what was received. */
  release(): Promise<void>;
}

/** Hostile input makes as many of these as it likes. */
const MAX_KEPT = 32;

/** Rejections that concern more than a datagram. */
export const REPORTED_REASONS: ReadonlySet<RejectionReason> = new Set<RejectionReason>([
  'old-generation',
  'bad-table',
  'not-an-edition',
  'old-edition',
  'bad-object',
  'too-large',
  'bad-digest',
  'bad-publisher-signature',
]);

export function collect(receiver: Receiver): Collection {
  const sessions: SessionInfo[] = [];
  const editions = new Map<string, Received>();
  const unsigned: Received[] = [];
  const untrusted = new Set<string>();
  const refusedSessions = new Set<number | undefined>();
  const refusals = new Set<string>();
  const keep = <T>(kept: Set<T>, value: T) => kept.size < MAX_KEPT && kept.add(value);

  receiver.on('session', (session) => sessions.length < MAX_KEPT && sessions.push(session));
  receiver.on('unsigned', (received) => unsigned.push(received));
  receiver.on('verified', (received) => keepNewest(editions, received));
  receiver.on('rejected', ({ reason, detail, publisher, session }) => {
    if (reason === 'untrusted-publisher') keep(untrusted, publisher!);
    else if (reason === 'unsigned') keep(refusedSessions, session?.tsi);
    else if (REPORTED_REASONS.has(reason)) keep(refusals, detail);
  });
  return {
    sessions,
    unsigned,
    untrusted,
    refusedSessions,
    refusals,
    editions: () => [...editions.values()],
    async release() {
      for (const { content } of [...editions.values(), ...unsigned]) await content.release();
    },
  };
}

function keepNewest(editions: Map<string, Received>, received: ReceiverEvents['verified']): void {
  const { publisher, name, sequence } = received.object.edition!;
  const key = `${publisher} ${name}`;
  const earlier = editions.get(key);
  if (earlier !== undefined && earlier.object.edition!.sequence >= sequence) {
    // Nobody reads it: its file goes with the process if it does not go now.
    received.content.release().catch(() => {});
    return;
  }
  earlier?.content.release().catch(() => {});
  editions.set(key, received);
}
