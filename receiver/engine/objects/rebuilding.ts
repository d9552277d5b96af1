import type { ObjectSink } from '../ports/sink.js';
import type { Rebuilt } from '../processing/rebuild-block.js';
import { createJobsInOrder } from '../turns/in-order.js';
import type { Announcement } from './announcement.js';
import {
  type BlockReception,
  isReady,
  overdueSymbols,
  postpone,
  restart,
  usableReferences,
  usableSymbols,
} from './block-reception.js';
import type { ReceptionContext } from './reception-context.js';

/** Has the source blocks of an object rebuilt as soon as there are enough symbols. */
export interface Rebuilding {
  /** Blocks that are rebuilt. */
  readonly blocks: number;
  /** Begins with the block when there is enough of it. When all blocks are there, the owner is told. */
  consider(block: BlockReception): Promise<void>;
  /** Waits for all that is in work, and tries blocks that came short once more if they have got more. */
  finish(): Promise<void>;
  /** A rebuilt block is of no use any more. */
  forget(): void;
  /** Fulfilled when nothing is in work any more; what came of it is not used. */
  abandon(): Promise<void>;
}

export interface RebuildingOwner {
  isReceiving(): boolean;
  /** True when only checked datagrams may be used. */
  checkedOnly(): boolean;
  /** Where the blocks are written. */
  sink(): Promise<ObjectSink>;
  /** A block cannot be decoded at all. */
  onProblem(problem: string): Promise<void>;
  /** More symbols than any block of genuine ones needs are there: some are forged. */
  onOverdue(): Promise<void>;
  /** All blocks are rebuilt. */
  onComplete(): Promise<void>;
}

/** Blocks in work: enough for as many threads. What they need is in the store, not in memory. */
const BLOCKS_AHEAD = 16;

export function createRebuilding(
  { info, parameters }: Announcement,
  { processor, emit }: Pick<ReceptionContext, 'processor' | 'emit'>,
  owner: RebuildingOwner,
): Rebuilding {
  const order = { id: info.id, parameters };
  const jobs = createJobsInOrder(BLOCKS_AHEAD);
  /** Blocks whose last try failed. */
  const short = new Set<BlockReception>();
  let rebuilt = 0;
  let inWork = 0;

  async function begin(block: BlockReception): Promise<void> {
    const checkedOnly = owner.checkedOnly();
    const references = usableReferences(block, checkedOnly);
    Object.assign(block, { state: 'in work', fed: block.index.entries, fedChecked: checkedOnly });
    const symbols = usableSymbols(block, checkedOnly);
    short.delete(block);
    inWork++;
    const job = processor.rebuild(order, await owner.sink(), block.source, references);
    await jobs.add(job, (outcome) => end(block, symbols, outcome));
    await completeIfAll();
  }

  async function end(block: BlockReception, symbols: number, outcome: Rebuilt): Promise<void> {
    inWork--;
    if (!owner.isReceiving()) return;
    if (typeof outcome === 'object') return owner.onProblem(outcome.problem);
    if (block.spoilt) {
      restart(block);
      return consider(block);
    }
    if (outcome === 'rebuilt') {
      block.state = 'rebuilt';
      rebuilt++;
      emit('block', { object: info, sbn: block.source.sbn });
      return;
    }
    block.state = 'collecting';
    short.add(block);
    postpone(block, symbols);
    if (symbols >= overdueSymbols(block.source) && !owner.checkedOnly()) return owner.onOverdue();
    return consider(block);
  }

  /** Nothing is taken in while the last blocks are in work: they may be all that is needed. */
  async function completeIfAll(): Promise<void> {
    if (rebuilt + inWork < info.blocks) return;
    await jobs.finish();
    if (owner.isReceiving() && rebuilt === info.blocks) await owner.onComplete();
  }

  async function consider(block: BlockReception): Promise<void> {
    if (owner.isReceiving() && isReady(block, owner.checkedOnly(), false)) await begin(block);
  }

  return {
    get blocks() {
      return rebuilt;
    },
    consider,
    async finish() {
      await jobs.finish();
      for (const block of short) {
        if (owner.isReceiving() && isReady(block, owner.checkedOnly(), true)) {
          await begin(block);
          await jobs.finish();
        }
      }
    },
    forget() {
      rebuilt--;
    },
    async abandon() {
      short.clear();
      await jobs.abandon();
    },
  };
}
