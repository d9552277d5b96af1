import { FDT_OBJECT_ID } from '../../../codecs/auth/index.js';
import { type BoundDatagram, signMixed, type UplinkKey } from '../../session/sign.js';
import type { AirBlock, AirPart } from '../carousel/air-part.js';
import type { Reservations } from '../state/reservations.js';
import type { Clock } from '../transmit/clock.js';
import type { OutgoingDatagram } from '../transmit/outgoing.js';
import { createWakeUp } from '../transmit/wake-up.js';
import { allTables } from './bundle-tables.js';
import { type Flow, nextInPass } from './flow.js';
import { type FlowStatus, flowStatus } from './flow-status.js';
import { createOnAir, type OnAirChanges, type OnAirOptions } from './on-air.js';
import { dueRepetitions, isIndexNew } from './repetitions.js';
import type { UplinkTablesOptions } from './table-options.js';
import { mustRefreshTables, refreshTables, tablesAreOld, takeTable } from './tables-in-turn.js';
import { createTimetable } from './timetable.js';

/** What signs datagrams, and how tables are made that say so. */
export interface CertifiedKey {
  readonly key: UplinkKey;
  readonly tables: UplinkTablesOptions;
}

export interface MultiplexOptions extends OnAirOptions, CertifiedKey {
  readonly clock: Clock;
  readonly reservations: Reservations;
  /** Called when the sender had nothing to send for a while. */
  onIdle?(): void;
}

/** The datagrams of a session: what is on the air changes while they are taken. */
export interface Multiplex extends OnAirChanges {
  /** No more bundles come: the session ends with its last pass. */
  finish(): void;
  /** From the next datagram on: all tables with another certificate are sent at once, before what its key signs. */
  certify(uplink: CertifiedKey): void;
  /** Signed datagrams in the order to send them, until the session is finished or `signal` aborts. */
  batches(signal: AbortSignal): AsyncGenerator<OutgoingDatagram[]>;
  status(): FlowStatus[];
  /** Datagrams of tables so far. */
  readonly tables: number;
}

type Bound = BoundDatagram & OutgoingDatagram;

/** Datagrams for so many milliseconds are made and signed together. */
const BATCH_MILLISECONDS = 8;
/** Datagrams that are made and signed together at most, unless a signature covers as many. */
const MAX_BATCH = 128;
/** Turns of what is repeated are reserved for so many repetitions at a time. */
const RESERVED_REPETITIONS = 100;
/** Symbols of repair that are made at a time at least: an encoder of a small block takes as long as some symbols. */
const LEAST_GROUP = 16;
/** Longest sleep of a session that has nothing to send. */
const LONGEST_SLEEP = 60_000;

export function createMultiplex(options: MultiplexOptions): Multiplex {
  const { clock, session, reservations } = options;
  let uplink: CertifiedKey = options;
  /** What takes its place between two batches: a batch is of one key. */
  let successor: CertifiedKey | undefined;
  let finished = false;
  /** Rings when something has changed. */
  const wakeUp = createWakeUp();
  /** When the next datagram would leave on an ideal line, in the clock's milliseconds. */
  let departure = Number.NEGATIVE_INFINITY;
  let tables = 0;
  const onAir = createOnAir(options, () => Math.max(departure, clock.now()), wakeUp.trigger);
  const { flows, queue, repetitions } = onAir;

  const packetBytes = (datagram: Uint8Array) => datagram.length + session.packetOverhead;
  const unixAt = (time: number) => clock.unix() + time - clock.now();
  const batchSize = () => {
    const perBatch = (onAir.rate * BATCH_MILLISECONDS) / 8000 / session.mtu;
    const signatures = Math.ceil(Math.min(MAX_BATCH, Math.max(1, perBatch)) / 2 ** session.authDepth);
    return signatures * 2 ** session.authDepth;
  };

  /** Expired and finished bundles leave the air, others start. */
  function tidy(unix: number): void {
    for (const flow of flows.values()) {
      const { rules } = flow.settings;
      if (unix >= (rules.expires ?? Number.POSITIVE_INFINITY)) void onAir.withdraw(flow, 'expired');
      else if (flow.timetable?.next === Number.POSITIVE_INFINITY) finishFlow(flow);
      else if (unix >= (rules.start ?? unix) && flow.timetable === undefined) {
        flow.timetable = createTimetable(rules, departure);
        onAir.endPass(flow);
      }
    }
  }

  /** Whoever has all parts and missed the index need not have waited in vain: it is sent once more. */
  function finishFlow(flow: Flow): void {
    if (!flow.isClosing) {
      flow.isClosing = true;
      flow.newTables = allTables(flow.tables);
      const { indexPart: part } = flow.edition!;
      for (const block of part.blocks) repetitions.push({ flow, part, block, left: block.symbols });
    } else if (flow.newTables.length === 0 && repetitions.every((each) => each.flow !== flow)) {
      void onAir.withdraw(flow, 'finished');
    }
  }

  const programmeOf = ({ settings }: Flow) => settings.programme?.name;
  const isSending = ({ timetable }: Flow) => timetable !== undefined && departure >= timetable.next;
  /** Parts may be sent before their index is signed: it does not wait for the next round. */
  const isDue = (flow: Flow) =>
    isSending(flow) || (flow.timetable !== undefined && !flow.isClosing && isIndexNew(flow));
  const hasPart = (flow: Flow) => isSending(flow) && flow.unsent > 0;

  function refresh(flow: Flow): void {
    const { expires = Number.POSITIVE_INFINITY } = flow.settings.rules;
    const { notAfter, ...rest } = uplink.tables;
    refreshTables(flow, departure, { ...rest, expires: Math.min(notAfter, Math.ceil(expires / 1000)) });
    onAir.replan();
  }

  function* tableDatagrams(unix: number): Generator<Bound> {
    for (const flow of flows.values()) {
      if (flow.timetable === undefined) continue;
      if (mustRefreshTables(flow, departure)) refresh(flow);
      const table = takeTable(flow, departure, onAir.plan().intervals);
      for (let i = 0; i < (table?.sourceSymbols ?? 0); i++) {
        tables++;
        yield { datagram: table!.next(unix / 1000), objectId: FDT_OBJECT_ID, programme: programmeOf(flow) };
      }
    }
  }

  /** Turns of a block to reserve at a time. */
  const reserveAhead = ({ symbols, repetition }: AirBlock) =>
    Math.max(symbols * onAir.plan().reservedPasses, repetition * RESERVED_REPETITIONS);

  /**
   * The next symbol of a block, of which `wanted` are sent in one go and `rest` soon; undefined when it has left the air
   * meanwhile.
   */
  async function symbolOf(
    flow: Flow,
    part: AirPart,
    block: AirBlock,
    wanted: number,
    rest: number,
  ): Promise<Bound | undefined> {
    const { source } = block;
    const { object } = part;
    if (source.made === 0) {
      const group = Math.max(LEAST_GROUP, Math.ceil(block.symbols / onAir.plan().blockTurns.groups));
      const count = source.worthMaking(wanted, rest, group);
      const reserving = reservations.ensure(object.sha256, source.turn + count, reserveAhead(block));
      if (reserving !== undefined) {
        await reserving;
        if (!onAir.has(flow, part)) return undefined;
      }
      if (source.made === 0) source.make(count);
    }
    const datagram = object.datagram(source.next());
    flow.symbols++;
    flow.bytes += packetBytes(datagram);
    return { datagram, objectId: object.objectId, programme: programmeOf(flow) };
  }

  async function passDatagram(flow: Flow): Promise<Bound | undefined> {
    const turn = nextInPass(flow, onAir.plan().blockTurns.turns);
    if (turn === undefined) return undefined;
    const { part, block, count } = turn;
    const bound = await symbolOf(flow, part, block, count, part.isNew ? block.left : 0);
    if (bound !== undefined) queue.sent(flow, packetBytes(bound.datagram));
    onAir.endPass(flow);
    return bound;
  }

  /** Undefined when nothing is due. */
  function nextDatagram(): Promise<Bound | undefined> | undefined {
    for (const flow of flows.values()) {
      if (isDue(flow)) repetitions.push(...dueRepetitions(flow, departure, onAir.plan().intervals));
    }
    const repetition = repetitions[0];
    if (repetition === undefined) {
      const flow = queue.next(hasPart);
      return flow && passDatagram(flow);
    }
    const { flow, part, block, left } = repetition;
    if (--repetition.left === 0) repetitions.shift();
    return symbolOf(flow, part, block, left, 0);
  }

  function takeUp(): void {
    if (successor === undefined) return;
    uplink = successor;
    successor = undefined;
    for (const flow of flows.values()) tablesAreOld(flow);
  }

  async function nextBatch(signal: AbortSignal): Promise<Bound[]> {
    takeUp();
    const batch: Bound[] = [];
    const add = (bound: Bound) => {
      batch.push(bound);
      departure += (8000 * packetBytes(bound.datagram)) / onAir.rate;
    };
    departure = Math.max(departure, clock.now());
    for (const size = batchSize(); batch.length < size && !signal.aborted; ) {
      const unix = unixAt(departure);
      tidy(unix);
      const before = batch.length;
      for (const bound of tableDatagrams(unix)) add(bound);
      if (batch.length > before) continue;
      const next = nextDatagram();
      if (next === undefined) {
        // What is closing has nothing left and goes at the next look.
        if ([...flows.values()].some(({ isClosing }) => isClosing)) continue;
        break;
      }
      const bound = await next;
      if (bound !== undefined) add(bound);
    }
    return batch;
  }

  /** Sleeps until something is due or changes. */
  async function idle(): Promise<void> {
    const unix = clock.unix();
    let wait = LONGEST_SLEEP;
    for (const { timetable, due, tables, settings } of flows.values()) {
      const { start = unix, expires = Number.POSITIVE_INFINITY } = settings.rules;
      const table = Math.min(
        tables.ofIndex.length > 0 ? due.indexTables : Number.POSITIVE_INFINITY,
        tables.others.length > 0 ? due.otherTables : Number.POSITIVE_INFINITY,
      );
      const next = timetable ? Math.min(timetable.next, table) - clock.now() : start - unix;
      wait = Math.min(wait, next, expires - unix);
    }
    await clock.until(clock.now() + Math.max(0, wait), wakeUp.signal);
    wakeUp.reset();
    options.onIdle?.();
  }

  return {
    add: onAir.add,
    put: onAir.put,
    drop: onAir.drop,
    change: onAir.change,
    remove: onAir.remove,
    configure: onAir.configure,
    isOnAir: onAir.isOnAir,
    close: onAir.close,
    certify(next) {
      successor = next;
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
          await signMixed(uplink.tables.crypto, uplink.key, batch);
          yield batch;
        } else if (finished && flows.size === 0) return;
        else await idle();
      }
    },
    status: () => [...flows.values()].map((flow) => flowStatus(flow, clock.now(), clock.unix())),
    get tables() {
      return tables;
    },
  };
}
