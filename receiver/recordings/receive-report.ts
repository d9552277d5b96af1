import type { IndexPart } from '../../codecs/edition/index.js';
import { printableJson } from '../../codecs/text.js';
import type { ObjectStatus } from '../engine/interface.js';
import type { BlockStatus } from '../engine/objects/reception.js';
import type { ObjectInfo, ReceiverCounters, SessionInfo } from '../engine/ports/events.js';
import type { EditionStatus } from '../engine/room/status.js';
import { describeBundleState, type PartState, type Share } from '../files/bundle-state.js';
import type { WrittenBundle } from '../files/write-content.js';
import type { RecordingReport } from './recordings.js';

/** A part of an edition, and what has come of it. */
export interface PartReport extends IndexPart {
  readonly state: PartState['state'];
  /** Why it was refused, a sentence. */
  readonly why?: string | undefined;
  /** Symbols of use. */
  readonly received: number;
  /** Source symbols: about so many are needed. Undefined when no table has announced it. */
  readonly needed: number | undefined;
}

/** The newest edition of a bundle. */
export interface BundleReport {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  readonly name: string;
  readonly sequence: number;
  readonly isComplete: boolean;
  /** It is written when all of it is there. */
  readonly isHidden: boolean;
  /** False of what an earlier run has left and these recordings have nothing of: it is no fault of theirs. */
  readonly isHeard: boolean;
  /** In words: `the front is there; text 2 of 3 parts; 3 of 14 films`. */
  readonly state: string;
  /** Below the output directory, empty for the output directory itself; undefined: nothing was written. */
  readonly path: string | undefined;
  readonly files: Share;
  /** Of the files. */
  readonly bytes: Share;
  /** In the order in which they matter. */
  readonly parts: readonly PartReport[];
  /** Of an incomplete one: the edition before it in the recordings, whose files stand where its own are missing. */
  readonly earlier: number | undefined;
  /** Directory with the edition as it was sent, and its signature. */
  readonly kept: string | undefined;
}

/** A file that was written though nobody signed it. */
export interface UnsignedReport {
  readonly object: ObjectInfo;
  /** Below the output directory. */
  readonly path: string;
  readonly bytes: number;
}

/** An object that lacks symbols, and is no part of an edition whose index is there. */
export interface IncompleteReport {
  readonly object: ObjectInfo;
  /** False of what an earlier run has left and these recordings have nothing of. */
  readonly isHeard: boolean;
  /** Those that are not rebuilt. */
  readonly blocks: readonly BlockStatus[];
}

/** What recordings came to. */
export interface ReceiveReport {
  readonly out: string;
  readonly bundles: readonly BundleReport[];
  readonly unsigned: readonly UnsignedReport[];
  readonly incomplete: readonly IncompleteReport[];
  readonly recordings: readonly RecordingReport[];
  readonly sessions: readonly SessionInfo[];
  /** Public keys, hexadecimal, of publishers that got another one, and the new ones. */
  readonly successions: readonly { readonly publisher: string; readonly key: string }[];
  /** Public keys, hexadecimal. */
  readonly trusted: readonly string[];
  /** Public keys that certificates named and nobody trusts. */
  readonly untrusted: readonly string[];
  /** TSIs of sessions without authentication that were not received. */
  readonly refusedSessions: readonly (number | undefined)[];
  /** Sentences on trusted keys that have the key id of another one that the state knows. */
  readonly namesakes: readonly string[];
  /** Sentences on objects, tables and editions that were refused. */
  readonly refusals: readonly string[];
  /** An edition was refused as a whole. */
  readonly hasRefusedEdition: boolean;
  readonly counters: Readonly<ReceiverCounters>;
}

export function bundleReport(
  { state, path, kept }: WrittenBundle,
  status: EditionStatus | undefined,
  earlier: number | undefined,
  isHeard: boolean,
): BundleReport {
  const { publisher, name, sequence, isComplete, isHidden, files, bytes } = state;
  const received = new Map(status?.parts.map((each) => [each.part.sha256, each]));
  const parts = state.parts.map(({ part, state, why }): PartReport => {
    const symbols = received.get(part.sha256);
    const needed = symbols?.sourceSymbols;
    // the engine gives an object up that was refused, or told of no symbols of one that is held
    const there = state === 'there' ? (needed ?? 0) : (symbols?.received ?? 0);
    return { ...part, state, why, received: there, needed };
  });
  const about = { publisher, name, sequence, isComplete, isHidden, isHeard };
  const words = describeBundleState(state);
  return {
    ...about,
    state: words,
    path,
    files,
    bytes,
    parts,
    earlier: isComplete ? undefined : earlier,
    kept,
  };
}

/** Objects that are not complete, without parts of editions, which have their own report. */
export function incompleteObjects(
  objects: readonly ObjectStatus[],
  isHeard: (object: ObjectInfo) => boolean,
): IncompleteReport[] {
  return objects
    .filter(({ state, part }) => state === 'receiving' && part === undefined)
    .map(({ object, blocks }) => ({
      object,
      isHeard: isHeard(object),
      blocks: blocks.filter(({ rebuilt }) => !rebuilt),
    }));
}

/** Symbols that a block lacks: when K are there and decoding failed, one more is needed at least. */
export function missingSymbols({ sourceSymbols, received }: BlockStatus): number {
  return Math.max(1, sourceSymbols - received);
}

/** True when everything that is asked for was written. */
export function isSuccess({
  bundles,
  unsigned,
  incomplete,
  hasRefusedEdition,
  counters,
}: ReceiveReport): boolean {
  const heard = bundles.filter(({ isHeard }) => isHeard);
  // it stood there already, complete
  const isKnown = counters.surplus + counters.duplicates > 0 && bundles.some(({ isComplete }) => isComplete);
  return (
    (heard.length + unsigned.length > 0 || isKnown) &&
    heard.every(({ isComplete }) => isComplete) &&
    !hasRefusedEdition &&
    !incomplete.some((each) => each.isHeard && (isBegun(each) || isNewer(each, bundles)))
  );
}

/** Something was received of it: a table alone may be a replay, of an edition that nobody sends. */
function isBegun({ object, blocks }: IncompleteReport): boolean {
  const isRebuilt = blocks.length < object.blocks;
  return object.kind !== 'part' && (isRebuilt || blocks.some(({ received }) => received > 0));
}

/** The publisher has signed a newer edition of a bundle that is there: nobody else can say so. */
function isNewer({ object: { edition } }: IncompleteReport, bundles: readonly BundleReport[]): boolean {
  return bundles.some(
    ({ publisher, name, sequence }) =>
      edition !== undefined &&
      publisher === edition.publisher &&
      name === edition.name &&
      sequence < edition.sequence,
  );
}

/** True when something was written. */
export function isWritten({ bundles, unsigned }: ReceiveReport): boolean {
  return unsigned.length > 0 || bundles.some(({ path }) => path !== undefined);
}

/** The report for programs. */
export function jsonReport(report: ReceiveReport, peakMemory: number): string {
  const of = ({ id: _, edition, session, ...object }: ObjectInfo) => ({
    ...object,
    tsi: session.tsi,
    destination: session.destination,
    ...(edition && { name: edition.name, sequence: edition.sequence, publisher: edition.publisher }),
  });
  const value = {
    out: report.out,
    isComplete: isSuccess(report),
    bundles: report.bundles.map((bundle) => ({
      ...bundle,
      path: bundle.path ?? null,
      parts: bundle.parts.map((part) => ({ ...part, needed: part.needed ?? null })),
    })),
    unsigned: report.unsigned.map(({ object, path, bytes }) => ({ ...of(object), path, bytes })),
    incomplete: report.incomplete.map(({ object, blocks }) => ({
      ...of(object),
      missing: blocks.map((block) => ({ ...block, missing: missingSymbols(block) })),
    })),
    sessions: report.sessions,
    successions: report.successions,
    trusted: report.trusted,
    untrusted: report.untrusted,
    refusedSessions: report.refusedSessions.map((tsi) => tsi ?? null),
    namesakes: report.namesakes,
    refusals: report.refusals,
    recordings: report.recordings,
    counters: report.counters,
    peakMemory,
  };
  return `${printableJson(value, 2)}\n`;
}
