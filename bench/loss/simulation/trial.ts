import type { LossModel, Prng } from '../../channel/index.js';
import { FDT } from './schedule.js';
import type { Transmission } from './transmission.js';

/** What a receiver went through. */
export interface Trial {
  readonly completed: boolean;
  /** Bytes of IP packets sent while it listened: until completion, or all. */
  readonly bytes: number;
  /** Datagrams sent while it listened, and how many of them were the object's and how many were lost. */
  readonly sent: number;
  readonly sentSymbols: number;
  readonly lost: number;
  /** What arrived. */
  readonly used: number;
  readonly duplicates: number;
  readonly surplus: number;
  readonly fdts: number;
}

/** A datagram that arrived. */
export interface Arrival {
  /** Pass and place in it. */
  pass: number;
  index: number;
  /** Block, or `FDT`. */
  block: number;
  esi: number;
}

/** How the channel and the listener stand; changed as arrivals are drawn. */
export interface Listening {
  bytes: number;
  sent: number;
  sentSymbols: number;
  lost: number;
}

/** When a receiver tunes in: IP bytes from the beginning of a pass. */
export interface Tuning {
  readonly pass: number;
  readonly offset: number;
}

/** At the beginning of the first pass, or at any moment of a carousel that has been running. */
export function tuneIn({ cell, passBytes }: Transmission, random: Prng): Tuning {
  return cell.join === 'start' ? { pass: 0, offset: 0 } : { pass: 1, offset: random.uniform() * passBytes };
}

/**
 * What arrives of a carousel, datagram after datagram, from the moment of tuning in for as long as `cell.passes` passes
 * take. A datagram that is on its way at that moment is missed.
 *
 * @param listening counts along
 */
export function* listen(
  transmission: Transmission,
  { pass: firstPass, offset }: Tuning,
  model: LossModel,
  listening: Listening,
): Generator<Arrival> {
  const { schedules, code, session, objectPayload, fdtPayload, passBytes, cell } = transmission;
  const secondsPerByte = 8 / cell.rate;
  const end = offset + cell.passes * passBytes;
  const arrival: Arrival = { pass: 0, index: 0, block: 0, esi: 0 };
  const datagram = { seconds: 0, length: 0 };
  for (let pass = firstPass, at = 0; ; pass++) {
    const { blocks, esis } = schedules[pass === 0 ? 0 : 1];
    for (let index = 0; index < blocks.length; index++) {
      const block = blocks[index]!;
      const length = block === FDT ? fdtPayload : objectPayload;
      const start = at;
      at += length + session.packetOverhead;
      if (start < offset) continue;
      if (at > end) return;
      listening.bytes = at - offset;
      listening.sent++;
      if (block !== FDT) listening.sentSymbols++;
      datagram.seconds = (start - offset) * secondsPerByte;
      datagram.length = length;
      if (model(datagram)) {
        listening.lost++;
        continue;
      }
      arrival.pass = pass;
      arrival.index = index;
      arrival.block = block;
      arrival.esi =
        block === FDT || pass === 0 ? esis[index]! : esis[index]! + (pass - 1) * code.esiShift[block]!;
      yield arrival;
    }
  }
}

/** One receiver in fast mode. */
export function runFastTrial(transmission: Transmission, tuning: Tuning, model: LossModel): Trial {
  const reception = transmission.code.createReception();
  const listening: Listening = { bytes: 0, sent: 0, sentSymbols: 0, lost: 0 };
  const fates = { used: 0, duplicate: 0, surplus: 0 };
  let fdts = 0;
  let completed = false;
  for (const { block, esi } of listen(transmission, tuning, model, listening)) {
    if (block === FDT) fdts++;
    else fates[reception.receive(block, esi)]++;
    completed = fdts > 0 && reception.complete;
    if (completed) break;
  }
  reception.free();
  const { used, duplicate: duplicates, surplus } = fates;
  return { completed, ...listening, used, duplicates, surplus, fdts };
}
