import { isDatedAhead } from '../../../codecs/edition/index.js';
import type { Receiver } from '../../engine/interface.js';
import type { PersistentStore } from '../../engine/ports/store.js';
import { REPORTED_REASONS } from '../../reported-reasons.js';
import type { Shelf } from './content/shelf.js';
import type { Notice } from './protocol.js';

/** Hostile input makes as many as it likes. */
export const MAX_NOTICES = 16;

/** What there is to tell of what was taken in; each once. */
export interface Notices {
  add(notice: Notice): void;
  clear(): void;
  all(): readonly Notice[];
}

/** What is said of keys. */
const WRONG_KEY = new Set<string>(['replaced-publisher', 'bad-succession', 'other-successor']);

const isGood = ({ kind }: Notice) => kind === 'added' || kind === 'succession';

export function createNotices(): Notices {
  const told = new Map<string, Notice>();
  return {
    add(notice) {
      // what is refused leaves room for what went well
      if (isGood(notice) || told.size < MAX_NOTICES) told.set(JSON.stringify(notice), notice);
    },
    clear: () => told.clear(),
    // what went well comes first
    all: () => [...told.values()].sort((a, b) => Number(isGood(b)) - Number(isGood(a))),
  };
}

/** A datagram is shorter. */
const DATAGRAM = 65_536;

/** Nothing more goes into the store. */
export function isFull(store: Pick<PersistentStore, 'maxBytes' | 'usage'>): boolean {
  return store.usage().bytes > store.maxBytes - DATAGRAM;
}

/** Tells of what a receiver refuses. */
export function tellRejections(
  receiver: Pick<Receiver, 'on'>,
  store: PersistentStore,
  notices: Notices,
): void {
  receiver.on('rejected', ({ reason, detail }) => {
    if (reason === 'unsigned') notices.add({ kind: 'unsigned' });
    else if (reason === 'old-edition') notices.add({ kind: 'older' });
    else if (reason === 'too-many' && isFull(store)) notices.add({ kind: 'no-room' });
    else if (WRONG_KEY.has(reason)) notices.add({ kind: 'wrong-key', why: detail });
    else if (REPORTED_REASONS.has(reason)) notices.add({ kind: 'refused', why: detail });
  });
}

/** Tells of editions that are dated later than the clock of this machine says. */
export function tellDates(shelf: Shelf, clock: number, notices: Notices): void {
  for (const { newest } of shelf.values()) {
    const { name, sequence } = newest.edition;
    if (isDatedAhead(sequence, clock)) notices.add({ kind: 'ahead', name, sequence });
  }
}
