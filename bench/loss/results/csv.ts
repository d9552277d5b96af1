import { formatChannelSpec } from '../../channel/index.js';
import type { CellRecord } from '../record.js';

type Value = string | number | boolean | null | undefined;

/** The columns, in order. */
const COLUMNS: readonly (readonly [name: string, value: (record: CellRecord) => Value])[] = [
  ['id', ({ id }) => id],
  ['set', ({ cell }) => cell.set],
  ['mode', ({ cell }) => cell.mode],
  ['code', ({ transmission }) => transmission.codeLabel],
  ['reference', ({ transmission }) => transmission.isReference],
  ['channel', ({ cell }) => formatChannelSpec(cell.channel)],
  ['mean_loss', ({ channel }) => channel.meanLoss],
  ['lost', ({ channel }) => channel.lost],
  ['object_bytes', ({ cell }) => cell.objectBytes],
  ['source_symbols', ({ transmission }) => transmission.sourceSymbols],
  ['blocks', ({ transmission }) => transmission.blocks],
  ['repair_symbols', ({ transmission }) => transmission.repairSymbols],
  ['interleave', ({ cell }) => cell.interleave],
  ['passes', ({ cell }) => cell.passes],
  ['join', ({ cell }) => cell.join],
  ['auth_depth', ({ cell }) => cell.authDepth],
  ['mtu', ({ cell }) => cell.mtu],
  ['rate', ({ cell }) => cell.rate],
  ['pass_seconds', ({ transmission }) => transmission.passSeconds],
  ['seed', ({ seed }) => seed],
  ['trials', ({ trials }) => trials],
  ['completed', ({ completed }) => completed],
  ['probability', ({ completion }) => completion.probability],
  ['probability_low', ({ completion }) => completion.low],
  ['probability_high', ({ completion }) => completion.high],
  ['overhead_mean', ({ overheadSymbols }) => overheadSymbols?.mean],
  ['overhead_p999', ({ overheadSymbols }) => overheadSymbols?.p999],
  ['seconds_mean', ({ secondsToComplete }) => secondsToComplete?.mean],
  ['seconds_p50', ({ secondsToComplete }) => secondsToComplete?.p50],
  ['seconds_p99', ({ secondsToComplete }) => secondsToComplete?.p99],
  ['seconds_p999', ({ secondsToComplete }) => secondsToComplete?.p999],
  ['efficiency', ({ efficiency }) => efficiency?.total],
  ['efficiency_after_headers', ({ efficiency }) => efficiency?.afterHeaders],
  ['efficiency_error', ({ efficiency }) => efficiency?.afterHeadersError],
  ['cost_object', ({ costs }) => costs?.object],
  ['cost_padding', ({ costs }) => costs?.padding],
  ['cost_fec_overhead', ({ costs }) => costs?.fecOverhead],
  ['cost_duplicates', ({ costs }) => costs?.duplicates],
  ['cost_surplus', ({ costs }) => costs?.surplus],
  ['cost_headers', ({ costs }) => costs?.headers],
  ['cost_authentication', ({ costs }) => costs?.authentication],
  ['cost_fdt', ({ costs }) => costs?.fdt],
];

/** One line for each record and one with the names of the columns (RFC 4180, lines ended by LF). */
export function recordsAsCsv(records: readonly CellRecord[]): string {
  const lines = [
    COLUMNS.map(([name]) => name),
    ...records.map((record) => COLUMNS.map(([, of]) => field(of(record)))),
  ];
  return lines.map((fields) => `${fields.join(',')}\n`).join('');
}

function field(value: Value): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
