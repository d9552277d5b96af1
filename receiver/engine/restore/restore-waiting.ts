import { copyBytes, toHex } from '../../../codecs/bytes.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { Receive } from '../datagrams/received-datagram.js';
import { parseFlow } from '../ports/flow.js';
import type { ReceiverLimits } from '../ports/limits.js';
import { type PersistentStore, type StoredDatagram, TAKEN_GROUP, WAITING } from '../ports/store.js';
import { today, type WaitingDatagrams } from '../waiting/waiting-datagrams.js';
import { type WaitingJournal, waitingSize } from '../waiting/waiting-journal.js';

export interface WaitingRestoringParts {
  readonly crypto: Crypto;
  readonly waiting: WaitingDatagrams;
  readonly journal: WaitingJournal;
  readonly receive: Receive;
  readonly limits: Pick<ReceiverLimits, 'maxWaitingBytes'>;
}

/** Takes up what waited for a table in an earlier run. */
export interface WaitingRestoring {
  /** Notes where it stands. */
  note(stored: StoredDatagram): void;
  /**
   * What was noted goes the way of any datagram, and is taken away where it was: what waits in the end is what waited.
   * What is there twice, since an earlier run was killed while it wrote all anew, is taken once.
   *
   * @returns datagrams taken up
   */
  takeUp(): Promise<number>;
}

/** A name that is no text fits nothing. */
const decoder = new TextDecoder();

type Note = Omit<StoredDatagram, 'datagram'>;

/** Read at a time. */
const BATCH = 64;
/** A datagram that no table came for in so many days has little hope, and a flood is forgotten. */
const MAX_DAYS = 7;
/** What a journal has at most, in `maxWaitingBytes`: as much that waits and that does not, and the first once more. */
const MAX_PARTS = 3;

export function createWaitingRestoring(
  store: PersistentStore,
  { crypto, waiting, journal, receive, limits }: WaitingRestoringParts,
): WaitingRestoring {
  const notes: Note[] = [];
  let noted = 0;

  async function read(batch: readonly Note[]): Promise<Uint8Array[]> {
    const datagrams: Uint8Array[] = [];
    const references = batch.map(({ reference }) => reference);
    await store.read(batch[0]!.object, references, (datagram) => datagrams.push(copyBytes(datagram)));
    return datagrams;
  }

  return {
    note({ datagram, ...rest }) {
      journal.hold(rest.object, datagram);
      noted += waitingSize(datagram);
      if (noted <= MAX_PARTS * limits.maxWaitingBytes && today() - rest.group <= MAX_DAYS) notes.push(rest);
    },
    async takeUp() {
      const earlier = new Set<string>();
      const own: string[] = [];
      let object = '';
      let restored = 0;
      notes.sort((a, b) => numberOf(a) - numberOf(b));
      for (const batch of batches(notes)) {
        if (batch[0]!.object !== object) for (const each of own.splice(0)) earlier.add(each);
        object = batch[0]!.object;
        // others may have needed the room meanwhile
        if (!journal.has(object)) continue;
        for (const [i, datagram] of (await read(batch)).entries()) {
          const { flow, group } = batch[i]!;
          if (group === TAKEN_GROUP) {
            waiting.forget(decoder.decode(datagram));
            continue;
          }
          const name = `${toHex(crypto.sha256(datagram))} ${flow}`;
          own.push(name);
          if (earlier.has(name)) continue;
          const isStored = journal.has(object);
          const stored = isStored ? ({ as: 'waiting', day: group } as const) : undefined;
          await receive({ bytes: datagram, flow: parseFlow(flow), stored });
          restored++;
        }
      }
      return restored;
    },
  };
}

const numberOf = ({ object }: Note) => Number(object.slice(WAITING.length));

/** Some at a time, of one object. */
function* batches(notes: readonly Note[]): Generator<readonly Note[]> {
  let first = 0;
  for (let i = 1; i <= notes.length; i++) {
    if (i < notes.length && i - first < BATCH && notes[i]!.object === notes[first]!.object) continue;
    yield notes.slice(first, i);
    first = i;
  }
}
