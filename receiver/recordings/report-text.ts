import { formatSequence, warnOfDate } from '../../codecs/edition/index.js';
import { fingerprint } from '../../codecs/minisign/index.js';
import { transportStreamWarnings } from '../../codecs/recording/index.js';
import { formatBytes, formatCount, formatNumber, printable } from '../../codecs/text.js';
import { nameOfPart } from '../files/bundle-state.js';
import { describeSuccession } from '../state/publisher-text.js';
import {
  type BundleReport,
  type IncompleteReport,
  missingSymbols,
  type PartReport,
  type ReceiveReport,
} from './receive-report.js';
import type { RecordingReport } from './recordings.js';

/** What was written, for people. */
export function formatReport(report: ReceiveReport, peakMemory: number): string {
  const { unsigned, out, counters } = report;
  const lines = report.bundles.flatMap((bundle) => describeBundle(bundle, out));
  if (unsigned.length > 0) {
    lines.push(
      `NOT VERIFIED: nobody signed ${unsigned.length === 1 ? 'this file' : 'these files'}, they may be forged:`,
    );
  }
  for (const { path, bytes } of unsigned) lines.push(`  ${out}/${path}, ${formatBytes(bytes)}`);
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
  lines.push(`Memory: ${formatBytes(peakMemory)} resident at most`);
  return `${lines.join('\n')}\n`;
}

function describeBundle(bundle: BundleReport, out: string): string[] {
  const { name, sequence, publisher, state, files, bytes, path, earlier, kept } = bundle;
  const lines = [`${printable(name)}, edition ${formatSequence(sequence)}: ${state}`];
  const place = path === '' ? out : `${out}/${path}`;
  const before = earlier === undefined ? 'before it' : formatSequence(earlier);
  if (path !== undefined && bundle.isHidden) {
    lines.push(`  the files of edition ${before} stand in ${place}`);
  } else if (path !== undefined) {
    const those = bundle.isComplete ? '' : `${formatNumber(files.there)} of `;
    lines.push(`  ${those}${formatCount(files.of, 'file')}, ${formatBytes(bytes.there)}, in ${place}`);
    if (earlier !== undefined) lines.push(`  where files are missing, those of edition ${before} stand`);
  }
  if (!bundle.isHeard)
    lines.push('  the recordings have nothing of it; what an earlier run has left of it stays');
  lines.push(`  verified: signed by publisher ${fingerprint(publisher)}`);
  if (kept !== undefined) lines.push(`  kept as it was sent, with its signature, in ${kept}`);
  return lines;
}

/**
 * What went wrong or is worth a word, a sentence each, for people.
 *
 * @param clock Unix time in seconds
 */
export function warnings(report: ReceiveReport, clock: number): string[] {
  const { namesakes, successions, recordings, refusals, bundles, incomplete, counters } = report;
  const ofParts = incomplete.filter(({ object, isHeard }) => isHeard && object.kind === 'part').length;
  return [
    ...namesakes,
    ...successions.map(describeSuccession),
    ...recordings.flatMap(recordingWarnings),
    ...refusals.map(printable),
    ...bundles.flatMap((bundle) => describeDate(bundle, clock)),
    ...bundles.filter(({ isComplete, isHeard }) => isHeard && !isComplete).map(describeMissing),
    ...incomplete.filter(({ object, isHeard }) => isHeard && object.kind !== 'part').map(describeIncomplete),
    ...(ofParts === 0 ? [] : [describeUnlisted(ofParts, counters['old-edition'] > 0)]),
  ];
}

function describeDate({ name, sequence }: BundleReport, clock: number): string[] {
  const warning = warnOfDate(sequence, clock);
  return warning === undefined ? [] : [`The edition of ${printable(name)} is dated ahead: ${warning}.`];
}

function recordingWarnings({ path, problem, isLeftOut, counters }: RecordingReport): string[] {
  if (isLeftOut) return [`${problem} It is left out.`];
  const sentences: string[] = [];
  if (problem !== undefined) sentences.push(`${problem} It was read up to there.`);
  if (counters.cutOff > 0) sentences.push(`${path} is cut off: its last packet is incomplete.`);
  const unsound = counters.malformed + counters.badChecksums;
  if (unsound > 0) sentences.push(`${path} holds ${formatCount(unsound, 'damaged packet')}, left out.`);
  if (counters.cutShort > 0) {
    sentences.push(
      `${path} holds ${formatCount(counters.cutShort, 'packet')} that the recorder cut short, left out; record whole packets (tcpdump -s 0).`,
    );
  }
  if (counters.fragments > 0) {
    sentences.push(
      `${path} holds ${formatCount(counters.fragments, 'IP fragment')} of packets that are not whole, left out.`,
    );
  }
  sentences.push(...transportStreamWarnings(path, counters));
  return sentences;
}

/** Parts or blocks that are listed one by one. */
const MAX_LISTED = 300;

function listOf(lines: readonly string[], what: string): string {
  const list = lines.slice(0, MAX_LISTED).map((line) => `  ${line}`);
  if (lines.length > MAX_LISTED) list.push(`  and ${lines.length - MAX_LISTED} more ${what}`);
  return list.join('\n');
}

function describeMissing({ name, sequence, parts }: BundleReport): string {
  const missing = parts.filter(({ state }) => state === 'missing');
  const lead = `Edition ${formatSequence(sequence)} of ${printable(name)} is not complete`;
  if (missing.length === 0) return `${lead}: ${formatCount(parts.length, 'part')}, some of them refused.`;
  return `${lead}. Another recording of the session can add what is missing:\n${listOf(missing.map(describePart), 'parts')}`;
}

function describePart(part: PartReport): string {
  const { files, bytes, received, needed } = part;
  const what = files === 1 ? nameOfPart(part) : `${nameOfPart(part)} (${formatCount(files, 'file')})`;
  if (needed === undefined || received === 0) return `${what}: nothing of ${formatBytes(bytes)}`;
  return `${what}: lacks ${formatNumber(Math.max(1, needed - received))} of ${formatCount(needed, 'symbol')}`;
}

function describeIncomplete({ object, blocks }: IncompleteReport): string {
  const { edition } = object;
  const name = edition
    ? `The index of edition ${formatSequence(edition.sequence)} of ${printable(edition.name)}`
    : `The unsigned object ${printable(object.contentLocation)}`;
  const list = blocks.map(
    (block) =>
      `block ${block.sbn} lacks ${missingSymbols(block)} of ${formatCount(block.sourceSymbols, 'symbol')}`,
  );
  return (
    `${name} (TSI ${object.session.tsi}, TOI ${object.toi}) is not complete. Another recording of the session can add what is missing:\n` +
    listOf(list, 'blocks')
  );
}

function describeUnlisted(parts: number, isOlderThere: boolean): string {
  // nobody can tell which of the two it is
  if (isOlderThere)
    return `${formatCount(parts, 'part')} of an older edition, or of one whose index is not there, left out.`;
  return `${formatCount(parts, 'part')} of an edition whose index is not there. Another recording of the session can add it.`;
}
