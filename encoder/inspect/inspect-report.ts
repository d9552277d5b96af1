import type { UplinkCertificate } from '../../codecs/auth/index.js';
import { toHex } from '../../codecs/bytes.js';
import { formatKeyId } from '../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import { unixFromNtp } from '../../codecs/ntp.js';
import { formatBytes, formatCount, formatNumber, printable } from '../../codecs/text.js';
import { formatDuration } from '../text.js';
import type { Inspection } from './inspect.js';
import type {
  AuthCounts,
  InspectedBlock,
  InspectedObject,
  InspectedSession,
  InspectedTable,
} from './session-summary.js';

/** Symbols that a block lacks at least; undefined when its length is unknown. */
function missingSymbols({
  sourceSymbols,
  sourceReceived,
  repairReceived,
}: InspectedBlock): number | undefined {
  return sourceSymbols && Math.max(0, sourceSymbols - sourceReceived - repairReceived);
}

/** The findings for programs: byte strings as hexadecimal, times in Unix seconds. */
export function inspectionAsJson({ sessions, foreignDatagrams, recording, problem }: Inspection): unknown {
  return {
    sessions: sessions.map((session) => ({
      source: session.source,
      destination: session.destination,
      port: session.port,
      tsi: session.tsi,
      first: Number(session.firstNs) / 1e9,
      last: Number(session.lastNs) / 1e9,
      tables: session.tables.map(tableAsJson),
      tableAuthentication: session.tableAuth,
      objects: session.objects.map((object) => ({
        toi: object.toi,
        name: object.file?.contentLocation,
        datagrams: object.datagrams,
        authentication: object.auth,
        blocks: object.blocks.map((block) => ({ ...block, missing: missingSymbols(block) })),
      })),
    })),
    foreignDatagrams,
    recording,
    problem,
  };
}

function tableAsJson({ instanceId, fluteVersion, certificate, datagrams, fdt, problem }: InspectedTable) {
  return {
    instanceId,
    fluteVersion,
    datagrams,
    problem,
    certificate: certificate && {
      publisherKeyId: formatKeyId(certificate.publisherKeyId),
      uplinkPublicKey: toHex(certificate.uplinkPublicKey),
      tsi: certificate.tsi,
      generation: certificate.generation,
      notBefore: certificate.notBefore,
      notAfter: certificate.notAfter,
    },
    fdt: fdt && {
      namespace: fdt.namespace,
      expires: unixFromNtp(fdt.expires),
      complete: fdt.complete,
      files: fdt.files.map(({ contentMd5, sha256, ...file }) => ({
        ...file,
        contentMd5: contentMd5 && toHex(contentMd5),
        sha256: sha256 && toHex(sha256),
      })),
    },
  };
}

/** The findings for people. */
export function formatInspection({ sessions, foreignDatagrams, recording, problem }: Inspection): string {
  const lines = sessions.flatMap(sessionLines);
  if (sessions.length === 0) lines.push('The recording holds no ALC session.');
  const rest: [number, string][] = [
    [foreignDatagrams, 'UDP datagrams that are not ALC'],
    [recording.otherPackets, 'packets that are not UDP'],
    [recording.fragments, 'IP fragments'],
    [recording.badChecksums, 'packets with a wrong checksum'],
    [recording.malformed, 'malformed packets'],
    [recording.cutOff, 'record cut off at the end'],
  ];
  const others = rest.filter(([count]) => count > 0).map(([count, what]) => `${formatNumber(count)} ${what}`);
  if (others.length > 0) lines.push(`Besides: ${others.join(', ')}.`);
  if (problem !== undefined) lines.push(`The recording was read as far as it goes: ${problem}`);
  return lines.map((line) => `${line}\n`).join('');
}

function sessionLines(session: InspectedSession): string[] {
  const { source, destination, port, tsi, firstNs, lastNs, tables, tableAuth, objects } = session;
  const to = formatSocketAddress({ address: destination, port });
  const time = formatDuration(Number(lastNs - firstNs) / 1e9);
  return [
    `Session ${tsi === undefined ? 'without TSI' : `TSI ${tsi}`}, ${source} to ${printable(to)}, ${time}`,
    ...tables.flatMap(tableLines),
    ...(tables.length === 0 ? ['  No file delivery table that could be used.'] : []),
    `  Datagrams of the table: ${authText(tableAuth)}`,
    ...objects.flatMap(objectLines),
  ];
}

function tableLines({
  instanceId,
  fluteVersion,
  certificate,
  datagrams,
  fdt,
  problem,
}: InspectedTable): string[] {
  const state = fdt
    ? `${formatCount(fdt.files.length, 'file')}, expires ${day(unixFromNtp(fdt.expires))}`
    : 'incomplete';
  return [
    `  File delivery table ${instanceId}, FLUTE version ${fluteVersion}, ${formatCount(datagrams, 'datagram')}: ` +
      `${problem === undefined ? state : printable(problem)}`,
    certificate === undefined ? '    no certificate' : `    ${certificateText(certificate)}`,
    ...(fdt?.files ?? []).map(
      ({ toi, contentLocation, contentEncoding, transferLength, sequence, signature }) => {
        const parts = [
          `TOI ${toi}: ${printable(contentLocation)}`,
          transferLength === undefined ? 'unknown length' : formatBytes(transferLength),
          ...(contentEncoding === undefined ? [] : [printable(contentEncoding)]),
          ...(sequence === undefined ? [] : [`sequence ${sequence}`]),
          signature === undefined ? 'not signed' : 'with a minisign signature',
        ];
        return `    ${parts.join(', ')}`;
      },
    ),
  ];
}

function certificateText({ publisherKeyId, generation, notBefore, notAfter }: UplinkCertificate): string {
  return (
    `certificate of publisher ${formatKeyId(publisherKeyId)}, generation ${generation}, ` +
    `${day(notBefore)} to ${day(notAfter)}`
  );
}

function objectLines({ toi, datagrams, auth, file, blocks }: InspectedObject): string[] {
  const name = file === undefined ? 'in no table' : printable(file.contentLocation);
  return [
    `  Object TOI ${toi}, ${name}, ${formatCount(datagrams, 'datagram')}: ${authText(auth)}`,
    ...blocks.map((block) => {
      const { sbn, sourceSymbols, sourceReceived, repairReceived } = block;
      if (sourceSymbols === undefined) return `    block ${sbn}: ${formatCount(sourceReceived, 'symbol')}`;
      const missing = missingSymbols(block)!;
      const state = missing > 0 ? `${formatCount(missing, 'symbol')} missing` : 'enough';
      return (
        `    block ${sbn}: K = ${formatNumber(sourceSymbols)}, ${formatNumber(sourceReceived)} source and ` +
        `${formatNumber(repairReceived)} repair symbols, ${state}`
      );
    }),
  ];
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

/** A sender may claim any date: those that do not have four digits are none. */
const YEAR_10000 = Date.UTC(10_000, 0) / 1000;

function day(unixSeconds: number): string {
  if (unixSeconds >= YEAR_10000) return 'the year 10000 or later';
  return new Date(unixSeconds * 1000).toISOString().slice(0, 10);
}
