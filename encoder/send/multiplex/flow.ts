import type { Carousel } from '../carousel/carousel.js';
import type { Edition } from '../carousel/edition.js';
import { createReservation, type Reservation } from '../state/reservation.js';
import type { Rules, Timetable } from './timetable.js';

/** A bundle to be put on the air. */
export interface FlowSetup {
  readonly edition: Edition;
  readonly carousel: Carousel;
  readonly rules: Rules;
  /** Share of the rate in proportion to others, above 0. */
  readonly weight: number;
  /** Makes sure that turns below `turn` are never sent again, whatever happens. */
  reserve(turn: number): Promise<void>;
  /** Called when it has left the air; carousel and table are not used any more. */
  release(): Promise<void>;
}

/** A bundle on the air. */
export interface Flow {
  readonly setup: FlowSetup;
  readonly reservation: Reservation;
  rules: Rules;
  weight: number;
  /** Of the passes since the start; undefined before. */
  timetable: Timetable | undefined;
  symbols: number;
  bytes: number;
  passes: number;
  /** Time on the session's clock, in milliseconds, at which the table is due. */
  tableDue: number;
}

/** What is known of a bundle on the air. */
export interface FlowStatus {
  readonly name: string;
  readonly sequence: number;
  readonly toi: number;
  readonly weight: number;
  /** Symbols sent by this run. */
  readonly symbols: number;
  /** Bytes of IP packets of the object sent by this run, tables not included. */
  readonly bytes: number;
  /** Passes completed by this run. */
  readonly passes: number;
  /** Share of the present pass that is sent, 0..1. */
  readonly passDone: number;
  /** Datagrams until the last pass is complete; undefined when there is none. */
  readonly datagramsLeft: number | undefined;
  /** Unix time in milliseconds of the next pass while the bundle is silent. */
  readonly silentUntil: number | undefined;
}

export function createFlow(setup: FlowSetup): Flow {
  const { carousel, rules, weight } = setup;
  return {
    setup,
    rules,
    weight,
    timetable: undefined,
    reservation: createReservation(carousel.turn, setup.reserve),
    symbols: 0,
    bytes: 0,
    passes: 0,
    tableDue: Number.NEGATIVE_INFINITY,
  };
}

/**
 * @param now time on the session's clock in milliseconds
 * @param unix the same as Unix time
 */
export function flowStatus({ timetable, ...flow }: Flow, now: number, unix: number): FlowStatus {
  const { edition, carousel } = flow.setup;
  const { passes, every, start = unix } = flow.rules;
  const passesLeft = timetable ? timetable.passesLeft : every === undefined ? passes : undefined;
  const next = timetable ? unix + timetable.next - now : start;
  const pass = carousel.passTurns * edition.coding.blocks.length;
  const inPass = flow.symbols - flow.passes * pass;
  return {
    name: edition.name,
    sequence: edition.sequence,
    toi: edition.toi,
    weight: flow.weight,
    symbols: flow.symbols,
    bytes: flow.bytes,
    passes: flow.passes,
    passDone: inPass / pass,
    datagramsLeft: passesLeft === undefined ? undefined : passesLeft * pass - inPass,
    silentUntil: next > unix ? next : undefined,
  };
}
