import type { MaybePromise } from '../../../codecs/maybe-promise.js';
import { hasResult } from './check-queue.js';
import { nextResults, sendBatch, useNextResult } from './checks.js';
import { findLateBlock, finishBlock, rebuildLateBlock, rebuildReadyBlock } from './rebuild-blocks.js';
import { isReceiving, isWanted, type Reception } from './reception.js';
import type { ReceptionContext } from './reception-context.js';
import { verifyReception } from './verify-object.js';

/**
 * How far an object is brought: what is due as more comes in; every check that a datagram waits for; or everything that can
 * be done with what is there.
 */
export type Extent = 'due' | 'checks' | 'all';

/** What can be done next for an object. Each step changes the reception alone, so that what follows shows in it. */
type Step = (context: ReceptionContext, reception: Reception) => MaybePromise<void>;

/** Does for an object what can be done. */
export function advance(context: ReceptionContext, reception: Reception, extent: Extent): MaybePromise<void> {
  const step = nextStep(reception, extent);
  return step === undefined ? undefined : takeSteps(context, reception, extent);
}

/** The same for an object that there was no room for. */
export function advanceAgain(context: ReceptionContext, reception: Reception): MaybePromise<void> {
  reception.isShortOfRoom = false;
  return advance(context, reception, 'due');
}

async function takeSteps(context: ReceptionContext, reception: Reception, extent: Extent): Promise<void> {
  for (;;) {
    const step = nextStep(reception, extent);
    if (step === undefined) return;
    const more = step(context, reception);
    if (more !== undefined) await more;
  }
}

function nextStep(reception: Reception, extent: Extent): Step | undefined {
  return (
    nextForBlocks(reception) ??
    nextForChecks(reception, extent) ??
    (extent === 'all' ? nextAtRest(reception) : undefined)
  );
}

/** Blocks are rebuilt as soon as there is enough of them, and the object is verified as soon as there are all blocks. */
function nextForBlocks(reception: Reception): Step | undefined {
  const { rebuilding, ready, rebuilt, info } = reception;
  if (!isReceiving(reception) || !isWanted(reception) || reception.isShortOfRoom) return undefined;
  if (rebuilding.isFull) return finishBlock;
  if (ready.size > 0) return rebuildReadyBlock;
  if (rebuilt === info.blocks) return verifyReception;
  // nothing is taken in while the last blocks are in work: they may be all that is needed
  return rebuilt + rebuilding.size === info.blocks ? finishBlock : undefined;
}

/** Datagrams are used as the results of their check come back, in the order in which they came. */
function nextForChecks({ checks }: Reception, extent: Extent): Step | undefined {
  if (checks === undefined) return undefined;
  const isFinishing = extent !== 'due';
  if (hasResult(checks)) return useNextResult;
  if (isFinishing && checks.subjects.length > 0) return sendChecks;
  return checks.jobs.isFull || (isFinishing && checks.jobs.size > 0) ? waitForChecks : undefined;
}

/** Blocks that are in work, and those that came short. */
function nextAtRest(reception: Reception): Step | undefined {
  if (!isReceiving(reception) || !isWanted(reception) || reception.isShortOfRoom) return undefined;
  if (reception.rebuilding.size > 0) return finishBlock;
  return findLateBlock(reception) && rebuildLateBlock;
}

const sendChecks: Step = (context, { checks }) => sendBatch(context, checks!);
const waitForChecks: Step = (_, { checks }) => nextResults(checks!);
