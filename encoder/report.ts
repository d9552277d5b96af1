import { authExtensionLength } from '../codecs/auth/index.js';
import { toHex } from '../codecs/bytes.js';
import { formatKeyId } from '../codecs/minisign/index.js';
import { formatSocketAddress } from '../codecs/pcap/index.js';
import type { Transmission } from './datagrams.js';
import type { EncodeOptions } from './encode.js';
import type { TransferObject } from './object.js';
import type { TransmissionPlan } from './plan.js';
import { REBUILD_PROBABILITY, type RepairGoal } from './repair.js';
import { instanceIdOf } from './session.js';
import type { Content } from './walk.js';
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
  readonly plan: TransmissionPlan;
  readonly transmission: Transmission;
  readonly recording: Recording;
  readonly out: string;
  readonly options: EncodeOptions;
}

export function reportOn(encoding: Encoding): EncodeReport {
  const { content, object, plan, transmission, recording, out, options } = encoding;
  const { sourceSymbols, repairSymbols, parameters, scheme, blocks, goal } = plan;
  const { session, toi, fdt, fdtRepetitions } = transmission;
  const { symbolSize } = parameters;
  const objectDatagrams = sourceSymbols + repairSymbols;
  const authentication = objectDatagrams * authExtensionLength(session.authDepth);
  return {
    ...{ name: content.name, sequence: options.sequence, tsi: session.tsi, toi },
    fdtInstanceId: instanceIdOf(options.sequence),
    fluteVersion: options.fluteVersion,
    publisherKeyId: formatKeyId(options.keys.publisher.keyId),
    destination: formatSocketAddress(options.destination),
    content: {
      ...{ files: content.files, directories: content.directories, bytes: content.bytes },
      archiveBytes: object.archiveLength,
    },
    object: { bytes: object.length, sha256: toHex(object.sha256) },
    code: {
      ...{ name: scheme.name, sourceSymbols, sourceBlocks: blocks.length, symbolSize, repairSymbols, goal },
    },
    datagrams: {
      ...{ source: sourceSymbols, repair: repairSymbols, fdt: fdtRepetitions, total: recording.datagrams },
    },
    packetBytes: {
      object: object.length,
      // Without a code the object's last symbol is sent as long as it is.
      padding: goal === undefined ? 0 : sourceSymbols * symbolSize - object.length,
      repair: repairSymbols * symbolSize,
      ipAndUdp: objectDatagrams * session.packetOverhead,
      alc: objectDatagrams * plan.headerLength - authentication,
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
    content.directories > 0 ? ` in ${plural(content.directories, 'directory', 'directories')}` : '';
  const lines: [string, string][] = [
    ['Content', `${report.name}: ${plural(content.files, 'file')}${directories}, ${bytes(content.bytes)}`],
    ['Compressed', `${bytes(object.bytes)}, ${percent(object.bytes, content.bytes)} of the content`],
    ['Signed', `sequence ${report.sequence}, by publisher ${report.publisherKeyId}`],
    [
      'Code',
      `${code.name}, K = ${plural(code.sourceSymbols, 'source symbol')} in Z = ${plural(code.sourceBlocks, 'block')}, ` +
        `T = ${number(code.symbolSize)} bytes`,
    ],
    ['Repair', repairLine(report)],
    [
      'Datagrams',
      `${number(datagrams.total)} to ${report.destination}: ${number(datagrams.source)} source, ` +
        `${number(datagrams.repair)} repair, ${number(datagrams.fdt)} file delivery table`,
    ],
    ['Session', `TSI ${report.tsi}, TOI ${report.toi}, FLUTE version ${report.fluteVersion}`],
    ['Packets', `${bytes(packetBytes.total)}, of which`],
    ...overheads(report).map(([name, size]): [string, string] => [
      '',
      `${number(size).padStart(15)}  ${percent(size, packetBytes.total).padStart(7)}  ${name}`,
    ]),
    ['Airtime', `${duration(report.airtimeSeconds)} at ${rate(report.rate)}`],
    ['Written', `${report.recording.path}, ${bytes(report.recording.bytes)}`],
  ];
  return lines.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('');
}

function repairLine({ code }: EncodeReport): string {
  if (code.goal === undefined) return 'none: every datagram has to arrive';
  const count = `${plural(code.repairSymbols, 'symbol')}, ${percent(code.repairSymbols, code.sourceSymbols)}`;
  if (code.goal.kind === 'fraction') return count;
  return `${count}: rebuilt with probability ${REBUILD_PROBABILITY} when ${percent(code.goal.loss, 1)} are lost independently`;
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

/** 1234567 as `1,234,567`. */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

export function bytes(value: number): string {
  return plural(value, 'byte');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Number(((100 * part) / whole).toFixed(1))} %`;
}

export function rate(bitsPerSecond: number): string {
  for (const [unit, size] of [
    ['Gbit/s', 1e9],
    ['Mbit/s', 1e6],
    ['kbit/s', 1e3],
  ] as const) {
    if (bitsPerSecond >= size) return `${number(bitsPerSecond / size)} ${unit}`;
  }
  return `${number(bitsPerSecond)} bit/s`;
}

/** `3 h 02 min 05 s`, or `1.2 s` below a minute. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${hours > 0 ? `${number(hours)} h ` : ''}${hours > 0 ? two(minutes) : minutes} min ${two(whole % 60)} s`;
}
