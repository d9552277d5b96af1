import { appendFileSync, existsSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { LossError } from '../error.js';
import { type CellRecord, RECORD_FORMAT, SIMULATION_VERSION } from '../record.js';
import { packageVersion, taskId } from '../simulation/cell.js';

/**
 * Reads one line of a results file.
 *
 * @param where file and line, for messages
 * @throws LossError when it is no record, of another version, or damaged
 */
function parseRecord(line: string, where: string): CellRecord {
  let record: Partial<CellRecord> | null;
  try {
    record = JSON.parse(line) as Partial<CellRecord> | null;
  } catch {
    throw new LossError(`${where}: this is no JSON; expected one record of "datacast-bench loss" a line.`);
  }
  if (record?.format !== RECORD_FORMAT) {
    throw new LossError(
      `${where}: no record of "datacast-bench loss": its format is not "${RECORD_FORMAT}".`,
    );
  }
  const { versions, cell, seed, trials, id } = record as CellRecord;
  if (versions?.simulation !== SIMULATION_VERSION) {
    throw new LossError(
      `${where}: made by version ${versions?.simulation} of the simulation; this is version ${SIMULATION_VERSION}. Run it again with one version.`,
    );
  }
  if (typeof cell !== 'object' || cell === null || taskId({ cell, seed, trials }) !== id) {
    throw new LossError(`${where}: the record is damaged: its parameters do not belong to its id ${id}.`);
  }
  return record as CellRecord;
}

/** The records of a text; a last line without an end, of a process that was killed, is no record. */
function parseResults(text: string, name: string): { records: CellRecord[]; completeBytes: number } {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  const records = complete
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [parseRecord(line, `${name}, line ${index + 1}`)]));
  return { records, completeBytes: Buffer.byteLength(complete) };
}

/** @throws LossError or an error of the operating system */
export function readResults(path: string): CellRecord[] {
  return parseResults(readFileSync(path, 'utf8'), path).records;
}

export interface ResultsFile {
  /** What the file held when it was opened. */
  readonly records: readonly CellRecord[];
  append(record: CellRecord): void;
}

/**
 * Opens a file that is only ever appended to; what a killed process left of a line is cut off.
 *
 * @throws LossError when it holds results of another seed or version, or no results at all
 */
export function openResults(path: string, seed: number): ResultsFile {
  if (!existsSync(path)) writeFileSync(path, '');
  const text = readFileSync(path, 'utf8');
  const { records, completeBytes } = parseResults(text, path);
  for (const record of records) {
    const isOurs = record.seed === seed && record.versions.datacast === packageVersion();
    if (isOurs) continue;
    throw new LossError(
      `${path} holds results of the seed ${record.seed}, made by datacast ${record.versions.datacast}; give another file with --out.`,
    );
  }
  if (completeBytes < Buffer.byteLength(text)) truncateSync(path, completeBytes);
  return { records, append: (record) => appendFileSync(path, formatRecord(record)) };
}

export function formatRecord(record: CellRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Writes a whole file that appears under its name when it is complete. */
export function replaceFile(path: string, text: string): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, text);
  renameSync(partial, path);
}
