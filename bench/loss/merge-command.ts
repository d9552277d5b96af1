import { Command } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { csvPath } from './loss-command.js';
import { mergeRecords } from './merge.js';
import { recordsAsCsv } from './results/csv.js';
import { formatRecord, readResults, replaceFile } from './results/results.js';

interface MergeOptions {
  out: string;
  json?: true;
}

const EXAMPLES = `
Seeds and versions must agree; a cell that several files have is kept once, and must have the same results in each.

Example:
  datacast-bench merge part-*.jsonl --out loss.jsonl

Exit codes: 0 done, 1 the files do not go together, 2 wrong command line.`;

/** `datacast-bench merge`: puts the shards of an experiment together. */
export function mergeCommand(io: CliIo): Command {
  return new Command('merge')
    .description('Put the results of several runs of "datacast-bench loss" together.')
    .argument('<FILES...>', 'results, JSON lines')
    .requiredOption('--out <FILE.jsonl>', 'where to write them, and FILE.csv; replaced when it exists')
    .option('--json', 'say what was done as JSON')
    .addHelpText('after', EXAMPLES)
    .action((files: string[], { out, json }: MergeOptions) => {
      const sources = files.map((name) => ({ name, records: readResults(name) }));
      const records = mergeRecords(sources);
      replaceFile(out, records.map(formatRecord).join(''));
      replaceFile(csvPath(out), recordsAsCsv(records));
      const read = sources.reduce((sum, source) => sum + source.records.length, 0);
      const report = { files: files.length, records: records.length, repeated: read - records.length, out };
      io.stdout.write(
        json
          ? `${JSON.stringify(report)}\n`
          : `${records.length} cells of ${files.length} files in ${out}; ${report.repeated} were there more than once.\n`,
      );
    });
}
