import { FDT_OBJECT_ID } from '../../../codecs/auth/index.js';
import type { Crypto } from '../../../codecs/crypto/index.js';
import type { Session } from '../../session/session.js';
import { type BoundDatagram, signMixed, type UplinkKey } from '../../session/sign.js';
import type { OnUplinkEvent, WithdrawalReason } from '../monitoring/events.js';
import type { Clock } from '../transmit/clock.js';
import { createWakeUp } from '../transmit/wake-up.js';
import { createFairQueue } from './fair-queue.js';
import { createFlow, type Flow, type FlowSetup, type FlowStatus, flowStatus } from './flow.js';
import { tableInterval } from './table-schedule.js';
import { createTimetable, type Rules } from './timetable.js';

export interface MultiplexOptions {
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly key: UplinkKey;
  readonly session: Session;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Milliseconds within which each table is sent again. */
  readonly tableInterval: number;
  readonly onEvent: OnUplinkEvent;
  /** Called when the sender had nothing to send for a while. */
  onIdle?(): void;
}

/** The datagrams of a session: what is on the air changes while they are taken. */
export interface Multiplex {
  /** Puts an edition on the air, in place of the one with the same name. */
  put(setup: FlowSetup): void;
  /** Changes weight and rules of a bundle that stays on the air. */
  change(name: string, weight: number, rules: Rules): void;
  /** Fulfilled when the bundle's carousel is no longer in use. */
  remove(name: string, reason: WithdrawalReason): Promise<void>;
  configure(settings: { rate?: number; tableInterval?: number }): void;
  /** No more bundles come: the session ends with its last pass. */
  finish(): void;
  /** Signed datagrams in the order to send them, until the session is finished or `signal` aborts. */
  batches(signal: AbortSignal): AsyncGenerator<Uint8Array[]>;
  /** Takes everything off the air without a word; fulfilled when all of it is given back. */
  close(): Promise<void>;
  status(): FlowStatus[];
  /** Datagrams of tables so far. */
  readonly tables: number;
}

/** Datagrams for so many milliseconds are made and signed together. */
const BATCH_MILLISECONDS = 8;
/** Datagrams that are made and signed together at most, unless a signature covers as many. */
const MAX_BATCH = 128;
/** Turns for so many milliseconds are reserved at a time. */
const RESERVE_MILLISECONDS = 10_000;
const LEAST_RESERVE = 4;
/** Longest sleep of a session that has nothing to send. */
const LONGEST_SLEEP = 60_000;

export function createMultiplex(options: MultiplexOptions): Multiplex {
  const { clock, crypto, key, session, onEvent } = options;
  let { rate, tableInterval: wantedInterval } = options;
  const flows = new Map<string, Flow>();
  const queue = createFairQueue<Flow>();
  let finished = false;
  /** Rings when something has changed. */
  const wakeUp = createWakeUp();
  /** When the next datagram would leave on an ideal line, in the clock's milliseconds. */
  let departure = Number.NEGATIVE_INFINITY;
  let tables = 0;
  const released = new Set<Promise<void>>();

  const packetBytes = (datagram: Uint8Array) => datagram.length + session.packetOverhead;
  const unixAt = (time: number) => clock.unix() + time - clock.now();
  const batchSize = () => {
    const perBatch = (rate * BATCH_MILLISECONDS) / 8000 / session.mtu;
    const signatures = Math.ceil(Math.min(MAX_BATCH, Math.max(1, perBatch)) / 2 ** key.depth);
    return signatures * 2 ** key.depth;
  };

  function interval(): number {
    let bytes = 0;
    for (const { setup } of flows.values()) {
      const { sourceSymbols, datagramLength } = setup.edition.table;
      bytes += sourceSymbols * (datagramLength + session.packetOverhead);
    }
    return tableInterval(wantedInterval, bytes, rate);
  }

  function withdraw(flow: Flow, reason: WithdrawalReason): Promise<void> {
    const { name, sequence } = flow.setup.edition;
    flows.delete(name);
    queue.remove(flow);
    onEvent({ type: 'withdrawn', bundle: name, sequence, reason });
    const release = flow.setup.release();
    // A failure is thrown when the session is closed.
    release.then(
      () => released.delete(release),
      () => {},
    );
    released.add(release);
    return release;
  }

  /** Expired and finished bundles leave the air, others start. */
  function tidy(unix: number): void {
    for (const flow of flows.values()) {
      if (unix >= (flow.rules.expires ?? Number.POSITIVE_INFINITY)) void withdraw(flow, 'expired');
      else if (flow.timetable?.next === Number.POSITIVE_INFINITY) void withdraw(flow, 'finished');
      else if (unix >= (flow.rules.start ?? unix)) flow.timetable ??= createTimetable(flow.rules, departure);
    }
  }

  const isReady = ({ timetable }: Flow) => timetable !== undefined && departure >= timetable.next;

  /** Tables of different bundles are spread over the interval. */
  function nextTable(): Flow | undefined {
    let first: Flow | undefined;
    for (const flow of flows.values()) {
      if (flow.tableDue > departure || flow.timetable === undefined) continue;
      if (first === undefined || flow.tableDue < first.tableDue) first = flow;
    }
    return first;
  }

  function* tableDatagrams(flow: Flow, unix: number): Generator<BoundDatagram> {
    const { table } = flow.setup.edition;
    flow.tableDue = departure + interval();
    for (let i = 0; i < table.sourceSymbols; i++) {
      tables++;
      yield { datagram: table.next(unix / 1000), objectId: FDT_OBJECT_ID };
    }
  }

  /** Turns to reserve at a time. */
  function reserveAhead({ edition }: FlowSetup): number {
    const turnBytes = edition.coding.blocks.length * (edition.datagramLength + session.packetOverhead);
    return Math.max(LEAST_RESERVE, Math.ceil((rate * RESERVE_MILLISECONDS) / 8000 / turnBytes));
  }

  /** Undefined when the bundle was withdrawn meanwhile. */
  async function objectDatagram(flow: Flow): Promise<BoundDatagram | undefined> {
    const { edition, carousel } = flow.setup;
    await flow.reservation.ensure(carousel.turn, reserveAhead(flow.setup));
    if (flows.get(edition.name) !== flow) return undefined;
    const datagram = edition.datagram(carousel.next());
    flow.symbols++;
    flow.bytes += packetBytes(datagram);
    queue.sent(flow, packetBytes(datagram));
    if (carousel.isBetweenPasses) {
      flow.passes++;
      flow.timetable?.passDone(departure);
      onEvent({ type: 'pass', bundle: edition.name, sequence: edition.sequence, pass: flow.passes });
    }
    return { datagram, objectId: edition.objectId };
  }

  async function nextBatch(signal: AbortSignal): Promise<BoundDatagram[]> {
    const batch: BoundDatagram[] = [];
    const add = (bound: BoundDatagram) => {
      batch.push(bound);
      departure += (8000 * packetBytes(bound.datagram)) / rate;
    };
    departure = Math.max(departure, clock.now());
    for (const size = batchSize(); batch.length < size && !signal.aborted; ) {
      const unix = unixAt(departure);
      tidy(unix);
      const announced = nextTable();
      if (announced !== undefined) {
        for (const datagram of tableDatagrams(announced, unix)) add(datagram);
        continue;
      }
      const flow = queue.next(isReady);
      if (flow === undefined) break;
      const datagram = await objectDatagram(flow);
      if (datagram !== undefined) add(datagram);
    }
    return batch;
  }

  /** Sleeps until something is due or changes. */
  async function idle(): Promise<void> {
    const unix = clock.unix();
    let wait = LONGEST_SLEEP;
    for (const flow of flows.values()) {
      const { timetable, tableDue } = flow;
      const { start = unix, expires = Number.POSITIVE_INFINITY } = flow.rules;
      const due = timetable ? Math.min(timetable.next, tableDue) - clock.now() : start - unix;
      wait = Math.min(wait, due, expires - unix);
    }
    await clock.until(clock.now() + Math.max(0, wait), wakeUp.signal);
    wakeUp.reset();
    options.onIdle?.();
  }

  return {
    put(setup) {
      const { edition, carousel, weight } = setup;
      const earlier = flows.get(edition.name);
      if (earlier !== undefined) void withdraw(earlier, 'replaced');
      const flow = createFlow(setup);
      flows.set(edition.name, flow);
      queue.set(flow, weight);
      const { name: bundle, sequence, toi, length: bytes, coding } = edition;
      onEvent({
        type: 'edition',
        bundle,
        sequence,
        toi,
        bytes,
        sourceSymbols: coding.sourceSymbols,
        passDatagrams: carousel.passTurns * coding.blocks.length,
        symbolsBefore: carousel.turn,
      });
      wakeUp.trigger();
    },
    change(name, weight, rules) {
      const flow = flows.get(name);
      if (flow === undefined) return;
      if (JSON.stringify(rules) !== JSON.stringify(flow.rules)) {
        flow.rules = rules;
        flow.timetable = undefined;
      }
      flow.weight = weight;
      queue.set(flow, weight);
      wakeUp.trigger();
    },
    async remove(name, reason) {
      const flow = flows.get(name);
      if (flow !== undefined) await withdraw(flow, reason);
    },
    configure(settings) {
      rate = settings.rate ?? rate;
      wantedInterval = settings.tableInterval ?? wantedInterval;
      wakeUp.trigger();
    },
    finish() {
      finished = true;
      wakeUp.trigger();
    },
    async *batches(signal) {
      signal.addEventListener('abort', wakeUp.trigger);
      while (!signal.aborted) {
        const batch = await nextBatch(signal);
        if (batch.length > 0) {
          await signMixed(crypto, key, batch);
          yield batch.map(({ datagram }) => datagram);
        } else if (finished && flows.size === 0) return;
        else await idle();
      }
    },
    async close() {
      for (const flow of flows.values()) released.add(flow.setup.release());
      flows.clear();
      await Promise.all(released);
    },
    status: () => [...flows.values()].map((flow) => flowStatus(flow, clock.now(), clock.unix())),
    get tables() {
      return tables;
    },
  };
}
