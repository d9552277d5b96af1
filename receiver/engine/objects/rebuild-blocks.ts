import { isDiskFull } from '../../../codecs/disk-full.js';
import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import {
  type BlockReception,
  isReady,
  overdueSymbols,
  postpone,
  restart,
  usableReferences,
  usableSymbols,
} from '../blocks/block-reception.js';
import type { ObjectSink } from '../ports/sink.js';
import type { Rebuilt } from '../processing/rebuild-block.js';
import { checkStored } from './check-stored.js';
import { refuseObject } from './finish-reception.js';
import { markIfReady } from './keep-symbols.js';
import { isReceiving, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';

/** Begins with the next block that has enough symbols. */
export async function rebuildReadyBlock(context: ReceptionContext, reception: Reception): Promise<void> {
  const [block] = reception.ready;
  reception.ready.delete(block!);
  if (isReady(block!, reception.checkedOnly, false)) await beginBlock(context, reception, block!);
}

/** A block whose last try failed and that has got more since, if not as much as another try should have. */
export function findLateBlock({ short, checkedOnly }: Reception): BlockReception | undefined {
  for (const block of short) if (isReady(block, checkedOnly, true)) return block;
  return undefined;
}

export async function rebuildLateBlock(context: ReceptionContext, reception: Reception): Promise<void> {
  await beginBlock(context, reception, findLateBlock(reception)!);
}

async function beginBlock(
  context: ReceptionContext,
  reception: Reception,
  block: BlockReception,
): Promise<void> {
  const { checkedOnly } = reception;
  const references = usableReferences(block, checkedOnly);
  const symbols = usableSymbols(block, checkedOnly);
  Object.assign(block, { state: 'rebuilding', fed: block.index.entries, fedChecked: checkedOnly });
  reception.short.delete(block);
  reception.rebuilding.add({ block, symbols }, (await beginJob(context, reception, block, references)).job);
}

/** Resolved when the job has begun. */
async function beginJob(
  context: ReceptionContext,
  reception: Reception,
  { source }: BlockReception,
  references: readonly number[],
): Promise<{ readonly job: MaybePromise<Rebuilt | 'no-room'> }> {
  const { processor, store } = context;
  const orNoRoom = (error: unknown) => {
    if (store.giveWay !== undefined && isDiskFull(error)) return 'no-room' as const;
    throw error;
  };
  try {
    const sink = await openSink(context, reception);
    const job = processor.rebuild(reception.order, sink, source, references);
    return { job: job instanceof Promise ? job.catch(orNoRoom) : job };
  } catch (error) {
    return { job: orNoRoom(error) };
  }
}

/** The block is rebuilt once more when there may be room; what matters less makes some. */
async function waitForRoom(
  context: ReceptionContext,
  reception: Reception,
  block: BlockReception,
): Promise<void> {
  const { info } = reception;
  restart(block);
  reception.ready.add(block);
  context.store.giveWay?.(info.transferLength);
  // the store may take less than it holds by now
  await context.claim(0, reception);
  if (reception.isShortOfRoom) return;
  reception.isShortOfRoom = true;
  context.advanceLater(reception);
  const detail = `The disk is full: there is no room to rebuild the ${info.kind} with TOI ${info.toi}. It is tried again.`;
  context.reject({ reason: 'too-many', detail, session: info.session });
}

/** Where the blocks are written. */
export async function openSink(context: ReceptionContext, reception: Reception): Promise<ObjectSink> {
  const { id, transferLength } = reception.info;
  reception.sink ??= await context.createSink({ id, transferLength });
  return reception.sink;
}

/** Uses what came of the block that was begun first. */
export async function finishBlock(context: ReceptionContext, reception: Reception): Promise<void> {
  const { subject, result } = await reception.rebuilding.next();
  const { block, symbols } = subject;
  if (!isReceiving(reception)) return;
  if (result === 'no-room') return waitForRoom(context, reception, block);
  if (typeof result === 'object')
    return refuseObject(context, reception, { reason: 'bad-object', why: result.problem });
  if (block.hasForgery) {
    restart(block);
    return markIfReady(reception, block);
  }
  if (result === 'rebuilt') {
    block.state = 'rebuilt';
    reception.rebuilt++;
    return context.emit('block', { object: reception.info, sbn: block.source.sbn });
  }
  block.state = 'receiving';
  reception.short.add(block);
  postpone(block, symbols);
  const { checks, checkedOnly } = reception;
  const isOverdue = symbols >= overdueSymbols(block.source) && !checkedOnly;
  // more symbols than any block of genuine ones needs: some are forged
  if (!isOverdue) return markIfReady(reception, block);
  if (checks !== undefined) await checkStored(context, reception);
}
