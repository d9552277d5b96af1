import { authExtensionLength } from '../../codecs/auth/index.js';
import { toHex } from '../../codecs/bytes.js';
import { formatSequence, type IndexPart, PART_CLASSES, type PartClass } from '../../codecs/edition/index.js';
import { fingerprint, publisherId } from '../../codecs/minisign/index.js';
import { formatSocketAddress } from '../../codecs/net/index.js';
import { formatBytes, formatCount, formatNumber, formatPercent } from '../../codecs/text.js';
import { describeLeftOut } from '../content/left-out.js';
import type { SignedIndex } from '../content/signed-index.js';
import { REBUILD_PROBABILITY, type RepairGoal } from '../session/repair.js';
import { formatDuration, formatRate } from '../text.js';
import type { EncodeOptions } from './encode-options.js';
import type { RecordedEdition, RecordedPart } from './recorded-edition.js';
import type { Order } from './schedule/order.js';
import type { Transmission } from './transmission.js';
import type { Recording } from './write.js';

/** A part of the edition, sizes in bytes. */
export interface PartReport extends IndexPart {
  readonly toi: number;
}

/** What goes up. Sizes in bytes. */
export interface EncodeReport {
  readonly name: string;
  readonly sequence: number;
  readonly tsi: number;
  readonly fluteVersion: number;
  /** Public key, hexadecimal. */
  readonly publisher: string;
  readonly destination: string;
  readonly content: RecordedEdition['content'];
  readonly index: { readonly bytes: number; readonly sha256: string; readonly toi: number };
  /** In the order in which they matter. */
  readonly parts: readonly PartReport[];
  readonly order: Order;
  readonly code: {
    readonly name: string;
    /** K, over all blocks of all objects. */
    readonly sourceSymbols: number;
    /** Z, over all objects. */
    readonly sourceBlocks: number;
    /** T, that of the largest symbols. */
    readonly symbolSize: number;
    /** But for those of repetitions. */
    readonly repairSymbols: number;
    /** Undefined without a code. */
    readonly goal: RepairGoal | undefined;
  };
  readonly datagrams: {
    readonly source: number;
    readonly repair: number;
    /** Of index and front when they come again. */
    readonly repeated: number;
    readonly fdt: number;
    readonly total: number;
  };
  /** Bytes of IP packets by what they are for; they add up to `total`. */
  readonly packetBytes: {
    readonly objects: number;
    readonly padding: number;
    readonly repair: number;
    readonly repeated: number;
    /** IP and UDP headers of all datagrams but those of the tables. */
    readonly ipAndUdp: number;
    /** LCT headers and FEC payload IDs of the same. */
    readonly alc: number;
    readonly authentication: number;
    /** The datagrams of the tables with all their headers. */
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
  readonly content: RecordedEdition['content'];
  readonly index: SignedIndex;
  readonly parts: readonly RecordedPart[];
  readonly transmission: Transmission;
  readonly recording: Recording;
  readonly out: string;
  readonly options: EncodeOptions;
}

export function reportOn(encoding: Encoding): EncodeReport {
  const { content, index, parts, transmission, recording, out, options } = encoding;
  const { session, objects, lanes, objectDatagrams, tableTurns } = transmission;
  const [indexObject, ...partObjects] = objects;
  const { scheme, goal, headerLength } = indexObject!.coding;
  const sum = (of: (object: (typeof objects)[number]) => number) =>
    objects.reduce((total, object) => total + of(object), 0);
  const source = sum(({ coding }) => coding.sourceSymbols);
  const repair = sum(({ coding }) => coding.repairSymbols);
  const repeated = objectDatagrams - source - repair;
  const bytes = sum(({ coding }) => coding.parameters.transferLength);
  const sourceBytes = sum(({ coding }) => coding.sourceSymbols * coding.parameters.symbolSize);
  const repairBytes = sum(({ coding }) => coding.repairSymbols * coding.parameters.symbolSize);
  const allRepairBytes = lanes
    .flatMap(({ repair: ofObject }) => ofObject)
    .reduce((total, { byteLength }) => total + byteLength, 0);
  const authentication = objectDatagrams * authExtensionLength(session.authDepth);
  const headers = objectDatagrams * (session.packetOverhead + headerLength);
  // Without a code the last symbol of an object is sent as long as it is.
  const padding = goal === undefined ? 0 : sourceBytes - bytes;
  const ofObjects = headers + bytes + padding + allRepairBytes;
  return {
    name: index.name,
    sequence: index.sequence,
    tsi: session.tsi,
    fluteVersion: options.fluteVersion,
    publisher: publisherId(options.keys.publisherKey),
    destination: formatSocketAddress(options.destination),
    content: {
      files: content.files,
      directories: content.directories,
      bytes: content.bytes,
      leftOut: content.leftOut,
    },
    index: { bytes: index.object.length, sha256: toHex(index.sha256), toi: indexObject!.toi },
    parts: parts.map(({ position: _, ...part }, i) => ({ ...part, toi: partObjects[i]!.toi })),
    order: options.order,
    code: {
      name: scheme.name,
      sourceSymbols: source,
      sourceBlocks: sum(({ coding }) => coding.blocks.length),
      symbolSize: Math.max(...objects.map(({ coding }) => coding.parameters.symbolSize)),
      repairSymbols: repair,
      goal,
    },
    datagrams: { source, repair, repeated, fdt: tableTurns.length, total: recording.datagrams },
    packetBytes: {
      objects: bytes,
      padding,
      repair: repairBytes,
      repeated: allRepairBytes - repairBytes,
      ipAndUdp: objectDatagrams * session.packetOverhead,
      alc: objectDatagrams * headerLength - authentication,
      authentication,
      fdt: recording.packetBytes - ofObjects,
      total: recording.packetBytes,
    },
    rate: options.rate,
    airtimeSeconds: (8 * recording.packetBytes) / options.rate,
    recording: { path: out, bytes: recording.fileBytes },
  };
}

const ORDERS: Readonly<Record<Order, string>> = {
  sequence: 'sent one after the other',
  mixed: 'sent by turns after the front',
};

/** The report for people. */
export function formatReport(report: EncodeReport): string {
  const { content, parts, code, datagrams, packetBytes } = report;
  const directories = content.directories
    ? ` in ${formatCount(content.directories, 'directory', 'directories')}`
    : '';
  const leftOut = content.leftOut === undefined ? [] : describeLeftOut(content.leftOut);
  const lines: [string, string][] = [
    [
      'Content',
      `${report.name}: ${formatCount(content.files, 'file')}${directories}, ${formatBytes(content.bytes)}`,
    ],
    ...leftOut.map((text): [string, string] => ['Left out', text]),
    [
      'Compressed',
      `${formatBytes(packetBytes.objects)}, ${formatPercent(packetBytes.objects, content.bytes)} of the content`,
    ],
    ['Signed', `edition ${formatSequence(report.sequence)}, by publisher ${fingerprint(report.publisher)}`],
    ['Parts', `${formatCount(parts.length, 'part')}, ${ORDERS[report.order]}:`],
    ...classesOf(parts).map(([name, text]): [string, string] => ['', `${name.padEnd(8)}  ${text}`]),
    [
      'Code',
      `${code.name}, K = ${formatCount(code.sourceSymbols, 'source symbol')} in ${formatCount(code.sourceBlocks, 'block')}, ` +
        `T = ${formatNumber(code.symbolSize)} bytes at most`,
    ],
    ['Repair', repairLine(report)],
    [
      'Datagrams',
      `${formatNumber(datagrams.total)} to ${report.destination}: ${formatNumber(datagrams.source)} source, ` +
        `${formatNumber(datagrams.repair)} repair, ${formatNumber(datagrams.repeated)} repeated, ` +
        `${formatNumber(datagrams.fdt)} file delivery table`,
    ],
    ['Session', `TSI ${report.tsi}, FLUTE version ${report.fluteVersion}`],
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

/** What there is of each class of parts. */
function classesOf(parts: readonly PartReport[]): [PartClass, string][] {
  return PART_CLASSES.flatMap((name): [PartClass, string][] => {
    const members = parts.filter((part) => part.class === name);
    if (members.length === 0) return [];
    const total = (of: (part: PartReport) => number) => members.reduce((sum, part) => sum + of(part), 0);
    const files = formatCount(
      total((part) => part.files),
      'file',
    );
    const bytes = formatBytes(total((part) => part.bytes));
    return [[name, `${formatCount(members.length, 'part')}, ${files}, ${bytes} compressed`]];
  });
}

function repairLine({ code }: EncodeReport): string {
  if (code.goal === undefined) return 'none: every datagram has to arrive';
  const count = `${formatCount(code.repairSymbols, 'symbol')}, ${formatPercent(code.repairSymbols, code.sourceSymbols)}`;
  if (code.goal.kind === 'fraction') return count;
  return `${count}: rebuilt with probability ${REBUILD_PROBABILITY} when ${formatPercent(code.goal.loss, 1)} are lost independently`;
}

function overheads({ packetBytes }: EncodeReport): [string, number][] {
  return [
    ['index and parts', packetBytes.objects],
    ['padding', packetBytes.padding],
    ['repair', packetBytes.repair],
    ['index and front again', packetBytes.repeated],
    ['IP and UDP headers', packetBytes.ipAndUdp],
    ['ALC headers', packetBytes.alc],
    ['authentication', packetBytes.authentication],
    ['file delivery tables', packetBytes.fdt],
  ];
}
