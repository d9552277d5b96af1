import { passSymbols } from '../carousel/air-part.js';
import type { Flow } from './flow.js';

/** What is known of a bundle on the air. */
export interface FlowStatus {
  readonly name: string;
  /** Of its edition; undefined until the first one is complete. */
  readonly sequence: number | undefined;
  /** Parts on the air, and how many of them the edition before it did not have. */
  readonly parts: number;
  readonly changed: number;
  readonly weight: number;
  /** Symbols sent by this run. */
  readonly symbols: number;
  /** Bytes of IP packets of its objects sent by this run, tables not included. */
  readonly bytes: number;
  /** Passes completed by this run. */
  readonly passes: number;
  /** Share of the present pass that is sent, 0..1. */
  readonly passDone: number;
  /** Datagrams until the present pass is complete. */
  readonly passLeft: number;
  /** Datagrams until the last pass is complete; undefined when there is none. */
  readonly datagramsLeft: number | undefined;
  /** Unix time in milliseconds of the next pass while the bundle is silent. */
  readonly silentUntil: number | undefined;
}

/**
 * @param now time on the session's clock in milliseconds
 * @param unix the same as Unix time
 */
export function flowStatus(flow: Flow, now: number, unix: number): FlowStatus {
  const { settings, timetable, edition } = flow;
  const { passes, every, start = unix } = settings.rules;
  const passesLeft = timetable ? timetable.passesLeft : every === undefined ? passes : undefined;
  const next = timetable ? unix + timetable.next - now : start;
  const pass = passSymbols(flow.parts);
  const inPass = pass - flow.unsent;
  return {
    name: flow.setup.name,
    sequence: edition?.sequence,
    parts: flow.parts.length,
    changed: edition?.changed ?? 0,
    weight: settings.weight,
    symbols: flow.symbols,
    bytes: flow.bytes,
    passes: flow.passes,
    passDone: pass === 0 ? 0 : inPass / pass,
    passLeft: pass - inPass,
    datagramsLeft: passesLeft === undefined ? undefined : passesLeft * pass - inPass,
    silentUntil: next > unix ? next : undefined,
  };
}
