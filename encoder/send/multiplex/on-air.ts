import type { Session } from '../../session/session.js';
import type { AirObjects } from '../carousel/air-object.js';
import { type AirPart, passSymbols } from '../carousel/air-part.js';
import type { OnUplinkEvent, WithdrawalReason } from '../monitoring/events.js';
import { allTables } from './bundle-tables.js';
import { createFairQueue, type FairQueue } from './fair-queue.js';
import {
  addPart,
  beginPass,
  createFlow,
  dropUpcoming,
  type EditionToSend,
  endPass,
  type Flow,
  type FlowSettings,
  type FlowSetup,
  type PartToSend,
  partsOf,
  putEdition,
} from './flow.js';
import { type AirPlan, planAir } from './plan.js';
import type { Repetition } from './repetitions.js';
import { airtimeShares } from './shares.js';
import { freeTables } from './tables-in-turn.js';

/** What operators put on the air and take from it. */
export interface OnAirChanges {
  /** Puts a part on the air before its edition is complete. @param objects that the edition will have */
  add(setup: FlowSetup, part: PartToSend, objects: number): void;
  /** Puts an edition on the air, in place of the one of the same bundle: parts that it has too go on as they are. */
  put(setup: FlowSetup, edition: EditionToSend): void;
  /** Parts that were added leave the air: their edition does not come about. */
  drop(name: string): void;
  /** Changes the settings of a bundle that stays on the air. */
  change(name: string, settings: FlowSettings): void;
  /** Fulfilled when nothing of the bundle is in use any more. */
  remove(name: string, reason: WithdrawalReason): Promise<void>;
  configure(settings: { rate?: number; tableInterval?: number }): void;
  /** True when a bundle on the air has the object. */
  isOnAir(sha256: string): boolean;
  /** Takes everything off the air without a word; fulfilled when all of it is given back. */
  close(): Promise<void>;
}

/** All that is on the air. */
export interface OnAir extends OnAirChanges {
  readonly flows: ReadonlyMap<string, Flow>;
  /** Shares the passes among the bundles. */
  readonly queue: FairQueue<Flow>;
  /** What is due besides the passes, in the order in which it became due. */
  readonly repetitions: Repetition[];
  /** Bits per second of IP packets. */
  readonly rate: number;
  plan(): AirPlan;
  /** Tables are others than those that were planned with. */
  replan(): void;
  has(flow: Flow, part: AirPart): boolean;
  withdraw(flow: Flow, reason: WithdrawalReason): Promise<void>;
  /** Ends the pass of a bundle, and says so, when all of it is sent. */
  endPass(flow: Flow): void;
}

export interface OnAirOptions {
  readonly session: Session;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Milliseconds within which each table is sent again. */
  readonly tableInterval: number;
  readonly air: AirObjects;
  readonly onEvent: OnUplinkEvent;
}

/**
 * @param now when the next datagram leaves, in milliseconds of the session's clock
 * @param onChange called when something else may be due
 */
export function createOnAir(options: OnAirOptions, now: () => number, onChange: () => void): OnAir {
  const { session, air, onEvent } = options;
  let { rate, tableInterval } = options;
  const flows = new Map<string, Flow>();
  const queue = createFairQueue<Flow>();
  const repetitions: Repetition[] = [];
  const released = new Set<Promise<void>>();
  /** Undefined when something has changed. */
  let plan: AirPlan | undefined;

  function share(): void {
    const shares = airtimeShares(flows.values(), session.packetOverhead);
    for (const [flow, weight] of shares) queue.set(flow, weight);
  }

  /** Other parts are on the air: so are the shares. */
  function changed(): void {
    plan = undefined;
    share();
    onChange();
  }

  function release(parts: readonly AirPart[]): Promise<void> {
    const releasing = Promise.all(parts.map(({ object }) => air.release(object))).then(() => {});
    // A failure is thrown when the session is closed.
    releasing.then(
      () => released.delete(releasing),
      () => {},
    );
    released.add(releasing);
    return releasing;
  }

  function forgetRepetitions(isGone: (repetition: Repetition) => boolean): void {
    const kept = repetitions.filter((each) => !isGone(each));
    repetitions.splice(0, repetitions.length, ...kept);
  }

  function leave(flow: Flow): Promise<void> {
    freeTables(allTables(flow.tables));
    forgetRepetitions((each) => each.flow === flow);
    return release(partsOf(flow));
  }

  function withdraw(flow: Flow, reason: WithdrawalReason): Promise<void> {
    const { name } = flow.setup;
    flows.delete(name);
    queue.remove(flow);
    share();
    plan = undefined;
    if (flow.edition) onEvent({ type: 'withdrawn', bundle: name, sequence: flow.edition.sequence, reason });
    return leave(flow);
  }

  function open(setup: FlowSetup): Flow {
    const known = flows.get(setup.name);
    if (known !== undefined) return known;
    const flow = createFlow(setup, now());
    flows.set(setup.name, flow);
    return flow;
  }

  function tellEndOfPass(flow: Flow): void {
    if (!endPass(flow, now())) return;
    const { sequence } = flow.edition!;
    onEvent({ type: 'pass', bundle: flow.setup.name, sequence, pass: flow.passes });
  }

  return {
    flows,
    queue,
    repetitions,
    get rate() {
      return rate;
    },
    plan: () => (plan ??= planAir(flows.values(), session, rate, tableInterval)),
    replan: () => {
      plan = undefined;
    },
    has: (flow, part) => flows.get(flow.setup.name) === flow && partsOf(flow).includes(part),
    withdraw,
    endPass: tellEndOfPass,
    add(setup, part, objects) {
      const flow = open(setup);
      addPart(flow, part, objects, air);
      changed();
    },
    put(setup, edition) {
      const flow = open(setup);
      const gone = putEdition(flow, edition, air);
      forgetRepetitions(({ part }) => gone.includes(part));
      changed();
      onEvent({
        type: 'edition',
        bundle: setup.name,
        sequence: edition.sequence,
        bytes: flow.parts.reduce((sum, { object }) => sum + object.length, 0),
        parts: flow.parts.length,
        changed: edition.changed,
        passDatagrams: passSymbols(flow.parts),
        symbolsBefore: Math.min(...flow.parts.map(({ object }) => object.firstTurn)),
      });
      void release(gone);
      tellEndOfPass(flow);
    },
    drop(name) {
      const flow = flows.get(name);
      if (flow === undefined) return;
      void release(dropUpcoming(flow));
      if (flow.edition !== undefined) changed();
      else void withdraw(flow, 'removed');
    },
    change(name, settings) {
      const flow = flows.get(name);
      if (flow === undefined) return;
      if (JSON.stringify(settings.rules) !== JSON.stringify(flow.settings.rules)) {
        flow.timetable = undefined;
        flow.isClosing = false;
        flow.areTablesOld = true;
        if (flow.unsent === 0) beginPass(flow);
      }
      flow.settings = settings;
      changed();
    },
    async remove(name, reason) {
      const flow = flows.get(name);
      if (flow !== undefined) await withdraw(flow, reason);
    },
    configure(settings) {
      rate = settings.rate ?? rate;
      tableInterval = settings.tableInterval ?? tableInterval;
      plan = undefined;
      onChange();
    },
    isOnAir: (sha256) =>
      [...flows.values()].some((flow) => partsOf(flow).some(({ object }) => object.sha256 === sha256)),
    async close() {
      for (const flow of flows.values()) void leave(flow);
      flows.clear();
      await Promise.all(released);
    },
  };
}
