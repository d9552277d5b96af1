import type { ObjectContent, RejectionReason } from '../ports/events.js';
import { createSignedBatch } from '../processing/signed-batch.js';
import { finishChecks, giveUpChecks } from './checks.js';
import { isUnfinished, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';
import { dropStored } from './stored-datagrams.js';

/** What a whole object is refused for. */
export interface Refusal {
  readonly reason: RejectionReason;
  /** A sentence. */
  readonly why: string;
}

/** Ends the reception of a complete object; its datagrams stay in a store that outlives the receiver. */
export async function completeReception(
  context: ReceptionContext,
  reception: Reception,
  state: 'verified' | 'unsigned',
): Promise<void> {
  reception.state = state;
  await finishChecks(context, reception);
  await giveBack(context, reception);
  reception.isHandedOut = context.outlived;
  if (!reception.isHandedOut) await dropStored(context, reception);
}

/** Hands the content of a complete object out, as soon as it is made. */
export async function handOut(
  context: ReceptionContext,
  reception: Reception,
  state: 'verified' | 'unsigned',
): Promise<ObjectContent> {
  const content = reception.sink!;
  reception.sink = undefined;
  await completeReception(context, reception, state);
  const giveWay = async () => {
    if (reception.isHandedOut) await dropStored(context, reception);
    reception.isHandedOut = false;
  };
  const release = async () => {
    await content.discard();
    await giveWay();
  };
  return { read: () => content.read(), release, giveWay };
}

/** Ends the reception of an object that is of no use. */
export async function refuseObject(
  context: ReceptionContext,
  reception: Reception,
  { reason, why }: Refusal,
): Promise<void> {
  const { info } = reception;
  reception.state = 'rejected';
  await finishChecks(context, reception);
  await giveBack(context, reception);
  await dropStored(context, reception);
  const detail = `The ${info.kind} with TOI ${info.toi} is refused: ${why}`;
  context.reject({ reason, detail, session: info.session, object: info });
}

/** Asks work that is going on to end soon; `endReception` or `dropReception` is to follow. */
export function cancelReception(reception: Reception): void {
  if (isUnfinished(reception)) reception.state = 'dropped';
}

/** Ends the reception and gives everything back but a content that was handed out. The store stays as it is. */
export async function endReception(context: ReceptionContext, reception: Reception): Promise<void> {
  cancelReception(reception);
  await giveBack(context, reception);
  reception.isHandedOut = false;
}

/** Ends the reception, and nothing of it stays in the store unless a content that was handed out needs it. */
export async function dropReception(context: ReceptionContext, reception: Reception): Promise<void> {
  cancelReception(reception);
  await giveBack(context, reception);
  if (!reception.isHandedOut) await dropStored(context, reception);
}

/** Files are closed when nobody works on them any more. */
async function giveBack(context: ReceptionContext, reception: Reception): Promise<void> {
  const { rebuilding, checks, order, blocks, ready, short, unstored } = reception;
  await rebuilding.abandon();
  if (checks !== undefined) {
    checks.subjects = [];
    checks.batch = createSignedBatch();
    checks.results = undefined;
    giveUpChecks(context, reception, checks.bytes);
    await checks.jobs.abandon();
  }
  await context.processor.release(order);
  await reception.sink?.discard();
  reception.sink = undefined;
  for (const each of [blocks, ready, short, unstored]) each.clear();
}
