import { dayOf, formatSequence, PART_CLASSES, warnOfDate } from '../../codecs/edition/index.js';
import { fingerprint, publisherId } from '../../codecs/minisign/index.js';
import { unixFromNtp } from '../../codecs/ntp.js';
import { describeKinds, transportStreamWarnings } from '../../codecs/recording/index.js';
import { formatBytes, formatCount, formatNumber, printable } from '../../codecs/text.js';
import { warnOfExpiry } from '../keys/expiry.js';
import { formatDuration } from '../text.js';
import type { InspectedEdition } from './editions.js';
import type { Inspection } from './inspect.js';
import { hasEnough, type InspectedObject, missingSymbols } from './object-summary.js';
import type { AuthCounts, InspectedCertificate } from './session-state.js';
import type { InspectedSession, InspectedTable } from './session-summary.js';
import { successionLine } from './successions.js';

/** Objects of no edition, and source blocks of each, that are shown. */
const MAX_SHOWN = 20;
/** What datagrams get that were carried without addresses. */
const NO_ADDRESS = '0.0.0.0:0';

/**
 * The findings for people.
 *
 * @param clock Unix time in seconds
 */
export function formatInspection(
  { sessions, foreignDatagrams, foreignKinds, recording, problem }: Inspection,
  clock: number,
): string {
  const lines = sessions.flatMap((session) => sessionLines(session, clock));
  if (sessions.length === 0) lines.push('The recording holds no ALC session.');
  const rest: [number, string][] = [
    [foreignDatagrams, `UDP datagrams of no session that can be read (${describeKinds(foreignKinds)})`],
    [recording.otherPackets, `packets that are not UDP (${describeKinds(recording.others)})`],
    [recording.fragments, 'IP fragments of packets that are not whole'],
    [recording.badChecksums, 'packets with a wrong checksum'],
    [recording.malformed, 'malformed packets'],
    [recording.cutShort, 'packets that the recorder cut short (record with -s 0)'],
    [recording.cutOff, 'record cut off at the end'],
  ];
  const others = rest.filter(([count]) => count > 0).map(([count, what]) => `${formatNumber(count)} ${what}`);
  if (others.length > 0) lines.push(`Besides: ${others.join(', ')}.`);
  lines.push(...transportStreamWarnings('The recording', recording));
  if (problem !== undefined) lines.push(`The recording was read as far as it goes: ${problem}`);
  return lines.map((line) => `${line}\n`).join('');
}

function sessionLines(session: InspectedSession, clock: number): string[] {
  const { tsi, tables, tableAuth, editions, objects } = session;
  const ofEditions = new Set(
    editions.flatMap(({ toi, parts }) => [toi, ...(parts ?? []).map((part) => part.toi)]),
  );
  const others = objects.filter(({ toi }) => !ofEditions.has(toi));
  return [
    `Session ${tsi === undefined ? 'without TSI' : `TSI ${tsi}`}, ${wayOf(session)}`,
    ...tablesLines(tables, tableAuth, clock),
    ...session.successions.map(successionLine),
    ...editions.flatMap((edition) => editionLines(edition, objects, clock)),
    ...others.slice(0, MAX_SHOWN).flatMap(objectLines),
    ...(others.length > MAX_SHOWN ? [`  and ${formatCount(others.length - MAX_SHOWN, 'object')} more`] : []),
  ];
}

/** From where to where, and for how long; messages of a television service have no addresses, a file of transport packets no times. */
function wayOf({ source, destinations, firstNs, lastNs }: InspectedSession): string {
  const to = destinations.join(', ');
  const way = to === NO_ADDRESS ? 'in a television service' : `${source} to ${printable(to)}`;
  return lastNs === 0n ? way : `${way}, ${formatDuration(Number(lastNs - firstNs) / 1e9)}`;
}

/** What all tables of a session come to: there may be hundreds. */
function tablesLines(tables: readonly InspectedTable[], auth: AuthCounts, clock: number): string[] {
  const versions = [...new Set(tables.map(({ fluteVersion }) => fluteVersion))].sort().join(' and ');
  const complete = tables.flatMap(({ fdt }) => fdt ?? []);
  const files = complete.reduce((sum, fdt) => sum + fdt.files.length, 0);
  const unusable = tables.length - complete.length;
  const summary = [
    formatCount(tables.length, 'file delivery table'),
    `FLUTE version ${versions}`,
    formatCount(files, 'file'),
    ...(unusable > 0 ? [`${formatNumber(unusable)} incomplete or damaged`] : []),
    ...(complete.length > 0
      ? [
          `the first expires ${dayOf(Math.min(...complete.map(({ expires }) => unixFromNtp(expires))))}` +
            (tables.every(({ certificate }) => certificate?.isSigned) ? '' : ' (unverified)'),
        ]
      : []),
  ];
  const certificates = tables.map(({ certificate }) =>
    certificate === undefined ? 'no certificate' : certificateText(certificate),
  );
  const warnings = tables.flatMap(
    ({ certificate }) => (certificate?.isSigned && warnOfExpiry(certificate.notAfter, clock)) || [],
  );
  const problems = tables.flatMap(({ problem }) => (problem === undefined ? [] : [printable(problem)]));
  return [
    tables.length === 0 ? '  No file delivery table that could be used.' : `  ${summary.join(', ')}`,
    ...shownOnce([...certificates, ...warnings, ...problems]),
    `    datagrams: ${authText(auth)}`,
  ];
}

function shownOnce(texts: readonly string[]): string[] {
  return [...new Set(texts)].slice(0, MAX_SHOWN).map((text) => `    ${text}`);
}

function editionLines(
  edition: InspectedEdition,
  objects: readonly InspectedObject[],
  clock: number,
): string[] {
  const { toi, sequence, name, parts, problem } = edition;
  const index = objects.find((object) => object.toi === toi)!;
  const warning = warnOfDate(sequence, clock);
  const dated = warning === undefined ? [] : [`    dated ahead: ${warning}`];
  const title = [
    `  Edition ${formatSequence(sequence)}${name === undefined ? '' : ` of ${printable(name)}`}`,
    signerText(edition),
    ...(parts === undefined ? [] : [formatCount(parts.length, 'part')]),
  ].join(', ');
  if (parts === undefined) {
    return [
      title,
      ...dated,
      `    index ${problem === undefined ? 'incomplete' : printable(problem)}`,
      ...objectLines(index),
    ];
  }
  const classes = PART_CLASSES.flatMap((partClass) => {
    const members = parts.filter((part) => part.class === partClass);
    if (members.length === 0) return [];
    const sum = (key: 'files' | 'bytes') => members.reduce((total, part) => total + part[key], 0);
    const enough = members.filter(({ symbols }) => symbols === 'enough').length;
    const count = `${formatNumber(enough)} of ${formatCount(members.length, 'part')}`;
    return [
      `    ${partClass.padEnd(8)}  enough symbols for ${count}; ${formatCount(sum('files'), 'file')}, ${formatBytes(sum('bytes'))} compressed`,
    ];
  });
  const own = new Set([toi, ...parts.map((part) => part.toi)]);
  const counts = sumAuth(objects.filter((object) => own.has(object.toi)));
  return [title, ...dated, ...classes, `    datagrams: ${authText(counts)}`];
}

function sumAuth(objects: readonly InspectedObject[]): AuthCounts {
  const sum = { valid: 0, invalid: 0, unsigned: 0, unknown: 0 };
  for (const { auth } of objects)
    for (const key of Object.keys(sum) as (keyof AuthCounts)[]) sum[key] += auth[key];
  return sum;
}

function signerText({ signature, publisher }: InspectedEdition): string {
  if (signature === undefined) return 'its signature is damaged';
  return publisher === undefined
    ? 'NOT SIGNED by the publisher of the session'
    : `signed by publisher ${fingerprint(publisher)}`;
}

function certificateText({
  publisherKey,
  isSigned,
  generation,
  notBefore,
  notAfter,
}: InspectedCertificate): string {
  const publisher = fingerprint(publisherId({ publicKey: publisherKey }));
  const claims = `generation ${generation}, ${dayOf(notBefore)} to ${dayOf(notAfter)}`;
  return isSigned
    ? `certificate of publisher ${publisher}, ${claims}`
    : `FORGED certificate: it names publisher ${publisher}, who did not sign it (unverified: ${claims})`;
}

function objectLines(object: InspectedObject): string[] {
  const { toi, datagrams, auth, file, blocks } = object;
  const about =
    file === undefined
      ? ['in no table']
      : [
          printable(file.contentLocation),
          file.transferLength === undefined ? 'unknown length' : formatBytes(file.transferLength),
          ...(file.contentEncoding === undefined ? [] : [printable(file.contentEncoding)]),
          ...(file.signature === undefined ? [] : ['with a minisign signature']),
        ];
  return [
    `  Object TOI ${toi}, ${about.join(', ')}; ${formatCount(datagrams, 'datagram')}: ${authText(auth)}`,
    ...(hasEnough(object)
      ? [`    enough symbols for ${formatCount(blocks.length, 'block')}`]
      : blocks.slice(0, MAX_SHOWN).map(blockLine)),
    ...(!hasEnough(object) && blocks.length > MAX_SHOWN
      ? [`    and ${formatCount(blocks.length - MAX_SHOWN, 'block')} more`]
      : []),
  ];
}

function blockLine(block: InspectedObject['blocks'][number]): string {
  const { sbn, sourceSymbols, sourceReceived, repairReceived } = block;
  if (sourceSymbols === undefined) return `    block ${sbn}: ${formatCount(sourceReceived, 'symbol')}`;
  const missing = missingSymbols(block)!;
  const state = missing > 0 ? `${formatCount(missing, 'symbol')} missing` : 'enough';
  return (
    `    block ${sbn}: K = ${formatNumber(sourceSymbols)}, ${formatNumber(sourceReceived)} source and ` +
    `${formatNumber(repairReceived)} repair symbols, ${state}`
  );
}

function authText({ valid, invalid, unsigned, unknown }: AuthCounts): string {
  const parts: [number, string][] = [
    [valid, 'with a valid signature'],
    [invalid, 'with a wrong signature'],
    [unsigned, 'unsigned'],
    [unknown, 'with a signature that cannot be checked'],
  ];
  const counted = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${formatNumber(count)} ${what}`);
  return counted.length === 0 ? 'none' : counted.join(', ');
}
