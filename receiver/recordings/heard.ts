import { LctError, parseLct } from '../../codecs/alc/index.js';
import type { ObjectStatus, Receiver } from '../engine/interface.js';
import type { ObjectInfo } from '../engine/ports/events.js';
import type { EditionStatus } from '../engine/room/status.js';
import { bundleKey } from './collection.js';

/** What the recordings of this run have datagrams of: a state directory may hold editions that nobody sends any more. */
export interface Heard {
  /** Notes what a datagram is of. */
  take(payload: Uint8Array): void;
  hasObject(object: ObjectInfo): boolean;
  /** False when an earlier run has left the edition, and these recordings have nothing of it. */
  hasEdition(status: EditionStatus): boolean;
}

/** Whoever sends more than this many objects is believed to send all of them. */
const MAX_OBJECTS = 65_536;

/** @param receiver that has restored what earlier runs have left */
export function createHeard(receiver: Pick<Receiver, 'editions' | 'objects'>): Heard {
  const left = new Set(receiver.editions().map(keyOf));
  const leftObjects = new Set(receiver.objects().map(({ object }) => object.id));
  const heard = new Set<string>();
  const isHeard = ({ session, toi }: ObjectInfo) =>
    heard.size >= MAX_OBJECTS || heard.has(`${session.tsi} ${toi}`);
  return {
    take(payload) {
      if (heard.size >= MAX_OBJECTS) return;
      try {
        const { tsi, toi } = parseLct(payload);
        heard.add(`${tsi} ${toi}`);
      } catch (error) {
        if (!(error instanceof LctError)) throw error;
      }
    },
    // a table may have announced what nothing has come of
    hasObject: (object) => !leftObjects.has(object.id) || isHeard(object),
    hasEdition: (status) =>
      !left.has(keyOf(status)) ||
      receiver.objects().some((each) => isOf(each, status) && isHeard(each.object)),
  };
}

function isOf({ object }: ObjectStatus, { edition, index }: EditionStatus): boolean {
  if (object.session.publisher !== edition.publisher) return false;
  if (object.kind === 'part') return index.parts.some(({ sha256 }) => sha256 === object.sha256);
  const { edition: of } = object;
  return of !== undefined && of.name === edition.name && of.sequence === edition.sequence;
}

function keyOf({ edition }: EditionStatus): string {
  return `${bundleKey(edition)} ${edition.sequence}`;
}
