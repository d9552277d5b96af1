import { type AlcPacket, parseAlc } from '../../../codecs/alc/index.js';
import { objectIdOf, verifyDatagram } from '../../../codecs/auth/index.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import type { Edition } from '../ports/events.js';
import { addToBatch, batchMember, createSignedBatch, type SignedBatch } from '../processing/signed-batch.js';
import { createJobsInOrder } from '../turns/in-order.js';
import type { ReceptionContext } from './reception-context.js';

/** @param datagram valid during the call */
type Judged = (genuine: boolean, datagram: Uint8Array) => MaybePromise<void>;

/** Checks the signatures of an object's datagrams. */
export interface Checks {
  /** One at once. */
  isGenuine(datagram: Uint8Array, packet?: AlcPacket): Promise<boolean>;
  /** Together with others; `judged` is called later, in the order of the datagrams. */
  add(datagram: Uint8Array, packet: AlcPacket, judged: Judged): MaybePromise<void>;
  /** Checks whatever waits, and tells it. */
  finish(): Promise<void>;
  /** Fulfilled when nothing is on its way any more; what was found is not told. */
  abandon(): Promise<void>;
}

/** Batches on their way: enough for as many threads. */
const BATCHES_AHEAD = 12;

export function createChecks(context: ReceptionContext, edition: Edition): Checks {
  const { crypto, schemes, checkedRoots, processor } = context;
  const objectId = objectIdOf(edition.sha256);
  const jobs = createJobsInOrder(BATCHES_AHEAD);
  /** Batches that came back. */
  const spare: SignedBatch[] = [];
  let batch = createSignedBatch();
  let waiting: Judged[] = [];

  /** What waits is checked after a while, however few they are. */
  let isPlanned = false;

  const keysOf = (tsi: number) => context.keysOf(edition.publisher, tsi);

  function plan(): void {
    if (isPlanned) return;
    isPlanned = true;
    context.later(() => {
      isPlanned = false;
      return finish();
    });
  }

  async function finish(): Promise<void> {
    if (waiting.length > 0) await send();
    await jobs.finish();
  }

  function send(): MaybePromise<void> {
    const sent = batch;
    const told = waiting;
    const { bytes } = spare.pop() ?? createSignedBatch();
    batch = { bytes, ends: [], authOffsets: [], tsis: [] };
    waiting = [];
    const keys = new Map(sent.tsis.map((tsi) => [tsi, keysOf(tsi)]));
    return jobs.add(processor.verify(sent, keys, objectId), async (result) => {
      for (const [i, judged] of told.entries()) {
        const more = judged(result.genuine[i]!, batchMember(result.batch, i));
        if (more !== undefined) await more;
      }
      spare.push(result.batch);
    });
  }

  return {
    async isGenuine(datagram, packet = parseAlc(datagram, schemes)) {
      const { authOffset } = packet;
      const { tsi } = packet.lct;
      if (authOffset === undefined || tsi === undefined) return false;
      for (const key of keysOf(tsi)) {
        if (await verifyDatagram(crypto, key, tsi, datagram, authOffset, objectId, checkedRoots)) return true;
      }
      return false;
    },
    add(datagram, { authOffset, lct: { tsi } }, judged) {
      if (authOffset === undefined || tsi === undefined) return judged(false, datagram);
      const isFull = !addToBatch(batch, datagram, authOffset, tsi);
      const sent = isFull ? send() : undefined;
      if (isFull) addToBatch(batch, datagram, authOffset, tsi);
      waiting.push(judged);
      plan();
      return sent;
    },
    finish,
    async abandon() {
      waiting = [];
      await jobs.abandon();
    },
  };
}
