import { toHex } from '../../codecs/bytes.js';
import { formatCount, formatNumber, printable } from '../../codecs/text.js';
import type { BlockStatus } from '../engine/objects/reception.js';
import type { ObjectInfo, ReceiverCounters, SessionInfo } from '../engine/ports/events.js';
import type { ObjectStatus } from '../engine/receiver.js';
import type { RecordingReport } from './recordings.js';
import { transportStreamWarnings } from './transport-stream-warnings.js';

/** A bundle that was written. */
export interface BundleReport {
  readonly object: ObjectInfo;
  /** Below the output directory; empty for the output directory itself. */
  readonly path: string;
  readonly files: number;
  readonly directories: number;
  /** Of the files. */
  readonly bytes: number;
  /** Where the object was kept, with its signature beside it. */
  readonly kept: string | undefined;
}

/** A file that was written though nobody signed it. */
export interface UnsignedReport {
  readonly object: ObjectInfo;
  /** Below the output directory. */
  readonly path: string;
  readonly bytes: number;
}

/** An object that lacks symbols. */
export interface IncompleteReport {
  readonly object: ObjectInfo;
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
  /** Key ids. */
  readonly trusted: readonly string[];
  /** Key ids that certificates named and nobody trusts. */
  readonly untrusted: readonly string[];
  /** TSIs of sessions without authentication that were not received. */
  readonly refusedSessions: readonly (number | undefined)[];
  /** Sentences on objects and tables that were refused. */
  readonly refusals: readonly string[];
  readonly counters: Readonly<ReceiverCounters>;
}

export function incompleteObjects(objects: readonly ObjectStatus[]): IncompleteReport[] {
  return objects
    .filter(({ state }) => state === 'receiving')
    .map(({ object, blocks }) => ({ object, blocks: blocks.filter(({ rebuilt }) => !rebuilt) }));
}

/** Symbols that a block lacks: when K are there and decoding failed, one more is needed at least. */
export function missingSymbols({ sourceSymbols, received }: BlockStatus): number {
  return Math.max(1, sourceSymbols - received);
}

/** True for an unfinished edition of a bundle of which another edition was written. */
function isReplaced({ object }: IncompleteReport, { bundles }: ReceiveReport): boolean {
  return bundles.some(
    ({ object: { edition } }) =>
      edition?.name === object.edition?.name && edition?.publisher === object.edition?.publisher,
  );
}

/** True when everything that is asked for was written. */
export function isSuccess(report: ReceiveReport): boolean {
  return (
    report.bundles.length + report.unsigned.length > 0 &&
    report.incomplete.every((object) => isReplaced(object, report))
  );
}

/** The report for programs. */
export function jsonReport(report: ReceiveReport, peakMemory: number): string {
  const of = ({ id: _, edition, session, ...object }: ObjectInfo) => ({
    ...object,
    tsi: session.tsi,
    destination: session.destination,
    ...(edition && {
      name: edition.name,
      sequence: edition.sequence,
      publisher: edition.publisher,
      sha256: toHex(edition.sha256),
    }),
  });
  const value = {
    out: report.out,
    bundles: report.bundles.map(({ object, ...bundle }) => ({ ...of(object), ...bundle })),
    unsigned: report.unsigned.map(({ object, ...file }) => ({ ...of(object), ...file })),
    incomplete: report.incomplete.map(({ object, blocks }) => ({
      ...of(object),
      missing: blocks.map((block) => ({ ...block, missing: missingSymbols(block) })),
    })),
    sessions: report.sessions,
    trusted: report.trusted,
    untrusted: report.untrusted,
    refusedSessions: report.refusedSessions.map((tsi) => tsi ?? null),
    refusals: report.refusals,
    recordings: report.recordings,
    counters: report.counters,
    peakMemory,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** What was written, for people. */
export function formatReport(report: ReceiveReport, peakMemory: number): string {
  const { bundles, unsigned, out, counters } = report;
  const lines: string[] = [];
  for (const { object, path, files, bytes, kept } of bundles) {
    const { name, sequence, publisher } = object.edition!;
    lines.push(
      `${printable(name)}, edition ${sequence}: ${formatCount(files, 'file')}, ${formatCount(bytes, 'byte')}, ` +
        `in ${path === '' ? out : `${out}/${path}`}`,
      `  verified: signed by publisher ${publisher}`,
    );
    if (kept !== undefined) lines.push(`  kept as ${kept}, its signature beside it`);
  }
  if (unsigned.length > 0) {
    lines.push(
      `NOT VERIFIED: nobody signed ${unsigned.length === 1 ? 'this file' : 'these files'}, they may be forged:`,
    );
  }
  for (const { path, bytes } of unsigned) lines.push(`  ${out}/${path}, ${formatCount(bytes, 'byte')}`);
  const counted: [number, string][] = [
    [counters.kept, 'used'],
    [counters.duplicates, 'received before'],
    [counters.surplus, 'not needed'],
    [counters.forged, 'forged or damaged'],
    [counters.malformed, 'unreadable'],
    [counters.unsigned, 'without authentication'],
  ];
  const parts = counted
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatNumber(count)} ${what}`);
  lines.push(`Datagrams: ${[formatNumber(counters.datagrams), ...parts].join(', ')}`);
  lines.push(`Memory: ${formatCount(peakMemory, 'byte')} resident at most`);
  return `${lines.join('\n')}\n`;
}

/** What went wrong or is worth a word, a sentence each, for people. */
export function warnings(report: ReceiveReport): string[] {
  const sentences = report.recordings.flatMap(recordingWarnings);
  sentences.push(...report.refusals.map(printable));
  for (const object of report.incomplete) {
    const lead = isReplaced(object, report) ? 'Not written, since another edition is complete: ' : '';
    sentences.push(`${lead}${describeIncomplete(object)}`);
  }
  return sentences;
}

function recordingWarnings({ path, problem, counters }: RecordingReport): string[] {
  const sentences: string[] = [];
  if (problem !== undefined) sentences.push(`${path} is damaged: ${problem} It was read up to there.`);
  if (counters.cutOff > 0) sentences.push(`${path} is cut off: its last packet is incomplete.`);
  const unsound = counters.malformed + counters.badChecksums;
  if (unsound > 0) sentences.push(`${path} holds ${formatCount(unsound, 'damaged packet')}, left out.`);
  if (counters.fragments > 0) {
    sentences.push(`${path} holds ${formatCount(counters.fragments, 'IP fragment')}, left out.`);
  }
  sentences.push(...transportStreamWarnings(path, counters));
  return sentences;
}

/** Blocks that are listed one by one. */
const MAX_LISTED = 300;

function describeIncomplete({ object, blocks }: IncompleteReport): string {
  const { edition } = object;
  const name = edition
    ? `Edition ${edition.sequence} of ${printable(edition.name)}`
    : `The unsigned object ${printable(object.contentLocation)}`;
  const list = blocks
    .slice(0, MAX_LISTED)
    .map(
      (block) =>
        `  block ${block.sbn} lacks ${missingSymbols(block)} of ${formatCount(block.sourceSymbols, 'symbol')}`,
    );
  if (blocks.length > MAX_LISTED) list.push(`  and ${blocks.length - MAX_LISTED} more blocks`);
  return (
    `${name} (TSI ${object.session.tsi}, TOI ${object.toi}) is not complete. Another recording of the session can add what is missing:\n` +
    list.join('\n')
  );
}

/** Why nothing was written, in a sentence that says what to do. */
export function explainFailure(report: ReceiveReport): string | undefined {
  const { bundles, unsigned, incomplete, refusals, untrusted, trusted, sessions, refusedSessions, counters } =
    report;
  if (bundles.length + unsigned.length > 0) return undefined;
  if (incomplete.length > 0) return undefined;
  if (untrusted.length > 0) {
    const trustedText = trusted.length === 0 ? 'no key is trusted' : `trusted: ${trusted.join(', ')}`;
    return (
      `The session is signed in the name of publisher key ${untrusted.join(', ')}, which is not trusted (${trustedText}). ` +
      'If that is the right publisher, give the public key with --trust.'
    );
  }
  if (refusedSessions.length > 0 && sessions.length === 0) {
    const list = refusedSessions.map((tsi) => tsi ?? 'none').join(', ');
    return (
      `The recording holds sessions without authentication only (TSI ${list}): anybody could have sent them. ` +
      'To read them all the same, add --allow-unsigned.'
    );
  }
  if (refusals.length > 0) return 'Nothing of the session could be used.';
  if (sessions.length > 0) return 'The session announces no object that could be received.';
  if (counters.datagrams === 0) return 'The recording holds no UDP datagram.';
  if (counters.forged + counters['bad-certificate'] > 0) {
    return `No session found: ${formatCount(counters.forged + counters['bad-certificate'], 'datagram')} of file delivery tables, all forged or damaged.`;
  }
  const readable = counters.datagrams - counters.malformed;
  return readable > 0
    ? `No session found: of ${formatCount(counters.datagrams, 'datagram')} none is of a file delivery table. A longer recording may have one.`
    : `No session found: none of the ${formatCount(counters.datagrams, 'datagram')} is an ALC packet.`;
}
