import { authExtensionLength } from '../../codecs/auth/index.js';
import { toHex } from '../../codecs/bytes.js';
import { formatKeyId } from '../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import { formatBytes, formatCount, formatNumber, formatPercent } from '../../codecs/text.js';
import type { TransferObject } from '../content/pack-object.js';
import type { Content } from '../content/walk.js';
import type { ObjectCoding } from '../session/object-coding.js';
import { REBUILD_PROBABILITY, type RepairGoal } from '../session/repair.js';
import { instanceIdOf } from '../session/session.js';
import { formatDuration, formatRate } from '../text.js';
import type { EncodeOptions } from './encode-options.js';
import type { Transmission } from './record-jobs.js';
import type { Recording } from './write.js';

/** What goes up. Sizes in bytes. */
export interface EncodeReport {
  readonly name: string;
  readonly sequence: number;
  readonly tsi: number;
  readonly toi: number;
  readonly fdtInstanceId: number;
  readonly fluteVersion: number;
  /** As minisign shows it. */
  readonly publisherKeyId: string;
  readonly destination: string;
  readonly content: {
    readonly files: number;
    readonly directories: number;
    /** Of the files, before compression. */
    readonly bytes: number;
    /** Of the tar archive. */
    readonly archiveBytes: number;
  };
  readonly object: {
    /** Of the compressed archive: what is sent. */
    readonly bytes: number;
    /** Hexadecimal. */
    readonly sha256: string;
  };
  readonly code: {
    readonly name: string;
    /** K, over all blocks. */
    readonly sourceSymbols: number;
    /** Z. */
    readonly sourceBlocks: number;
    /** T. */
    readonly symbolSize: number;
    readonly repairSymbols: number;
    /** Undefined without a code. */
    readonly goal: RepairGoal | undefined;
  };
  readonly datagrams: {
    readonly source: number;
    readonly repair: number;
    readonly fdt: number;
    readonly total: number;
  };
  /** Bytes of IP packets by what they are for; they add up to `total`. */
  readonly packetBytes: {
    readonly object: number;
    readonly padding: number;
    readonly repair: number;
    /** IP and UDP headers of all datagrams but those of the table. */
    readonly ipAndUdp: number;
    /** LCT headers and FEC payload IDs of the same. */
    readonly alc: number;
    readonly authentication: number;
    /** The datagrams of the table with all their headers. */
    readonly fdt: number;
    readonly total: number;
  };
  /** Bits per second of IP packets. */
  readonly rate: number;
  readonly airtimeSeconds: number;
  readonly recording: { readonly path: string; readonly bytes: number };
}

/** What the stages of an encoding came to. */
export interface Encoding {
  readonly content: Content;
  readonly object: TransferObject;
  readonly coding: ObjectCoding;
  readonly transmission: Transmission;
  readonly recording: Recording;
  readonly out: string;
  readonly options: EncodeOptions;
}

export function reportOn(encoding: Encoding): EncodeReport {
  const { content, object, coding, transmission, recording, out, options } = encoding;
  const { sourceSymbols, repairSymbols, parameters, scheme, blocks, goal } = coding;
  const { session, toi, fdt, fdtRepetitions } = transmission;
  const { symbolSize } = parameters;
  const objectDatagrams = sourceSymbols + repairSymbols;
  const authentication = objectDatagrams * authExtensionLength(session.authDepth);
  return {
    name: content.name,
    sequence: options.sequence,
    tsi: session.tsi,
    toi,
    fdtInstanceId: instanceIdOf(options.sequence),
    fluteVersion: options.fluteVersion,
    publisherKeyId: formatKeyId(options.keys.publisher.keyId),
    destination: formatSocketAddress(options.destination),
    content: {
      files: content.files,
      directories: content.directories,
      bytes: content.bytes,
      archiveBytes: object.archiveLength,
    },
    object: { bytes: object.length, sha256: toHex(object.sha256) },
    code: {
      name: scheme.name,
      sourceSymbols,
      sourceBlocks: blocks.length,
      symbolSize,
      repairSymbols,
      goal,
    },
    datagrams: {
      source: sourceSymbols,
      repair: repairSymbols,
      fdt: fdtRepetitions,
      total: recording.datagrams,
    },
    packetBytes: {
      object: object.length,
      // Without a code the object's last symbol is sent as long as it is.
      padding: goal === undefined ? 0 : sourceSymbols * symbolSize - object.length,
      repair: repairSymbols * symbolSize,
      ipAndUdp: objectDatagrams * session.packetOverhead,
      alc: objectDatagrams * coding.headerLength - authentication,
      authentication,
      fdt: fdtRepetitions * (fdt.datagramLength + session.packetOverhead),
      total: recording.packetBytes,
    },
    rate: options.rate,
    airtimeSeconds: (8 * recording.packetBytes) / options.rate,
    recording: { path: out, bytes: recording.fileBytes },
  };
}

/** The report for people. */
export function formatReport(report: EncodeReport): string {
  const { content, object, code, datagrams, packetBytes } = report;
  const directories =
    content.directories > 0 ? ` in ${formatCount(content.directories, 'directory', 'directories')}` : '';
  const lines: [string, string][] = [
    [
      'Content',
      `${report.name}: ${formatCount(content.files, 'file')}${directories}, ${formatBytes(content.bytes)}`,
    ],
    [
      'Compressed',
      `${formatBytes(object.bytes)}, ${formatPercent(object.bytes, content.bytes)} of the content`,
    ],
    ['Signed', `sequence ${report.sequence}, by publisher ${report.publisherKeyId}`],
    [
      'Code',
      `${code.name}, K = ${formatCount(code.sourceSymbols, 'source symbol')} in Z = ${formatCount(code.sourceBlocks, 'block')}, ` +
        `T = ${formatNumber(code.symbolSize)} bytes`,
    ],
    ['Repair', repairLine(report)],
    [
      'Datagrams',
      `${formatNumber(datagrams.total)} to ${report.destination}: ${formatNumber(datagrams.source)} source, ` +
        `${formatNumber(datagrams.repair)} repair, ${formatNumber(datagrams.fdt)} file delivery table`,
    ],
    ['Session', `TSI ${report.tsi}, TOI ${report.toi}, FLUTE version ${report.fluteVersion}`],
    ['Packets', `${formatBytes(packetBytes.total)}, of which`],
    ...overheads(report).map(([name, size]): [string, string] => [
      '',
      `${formatNumber(size).padStart(15)}  ${formatPercent(size, packetBytes.total).padStart(7)}  ${name}`,
    ]),
    ['Airtime', `${formatDuration(report.airtimeSeconds)} at ${formatRate(report.rate)}`],
    ['Written', `${report.recording.path}, ${formatBytes(report.recording.bytes)}`],
  ];
  return lines.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('');
}

function repairLine({ code }: EncodeReport): string {
  if (code.goal === undefined) return 'none: every datagram has to arrive';
  const count = `${formatCount(code.repairSymbols, 'symbol')}, ${formatPercent(code.repairSymbols, code.sourceSymbols)}`;
  if (code.goal.kind === 'fraction') return count;
  return `${count}: rebuilt with probability ${REBUILD_PROBABILITY} when ${formatPercent(code.goal.loss, 1)} are lost independently`;
}

function overheads({ packetBytes }: EncodeReport): [string, number][] {
  return [
    ['the object', packetBytes.object],
    ['padding', packetBytes.padding],
    ['repair', packetBytes.repair],
    ['IP and UDP headers', packetBytes.ipAndUdp],
    ['ALC headers', packetBytes.alc],
    ['authentication', packetBytes.authentication],
    ['file delivery table', packetBytes.fdt],
  ];
}
