import { Command } from 'commander';
import type { CliIo } from '../../codecs/node/command.js';
import { environment, environmentLine } from '../environment.js';
import { count } from '../options.js';
import type { Summary } from '../statistics.js';
import { type JobReport, measureJob, measureStages, type StageReport } from './pipeline.js';

const DEPTHS = [0, 4];
/** Bytes of a file: many pictures, and a few films. */
const FILE_BYTES = [60_000, 20_000_000];
const STAGE_MEGABYTES = 64;

const EXAMPLES = `
Example:
  A job of 1 GB:
    datacast-bench pipeline --megabytes 1000

Exit codes: 0 done, 1 failed, 2 wrong command line.`;

interface Options {
  megabytes: number;
  repair: number;
  json?: true;
}

/** `datacast-bench pipeline`: speed of each stage and of whole jobs. */
export function pipelineCommand(io: CliIo): Command {
  return new Command('pipeline')
    .description(
      'Measure every stage between directory and recording, and whole jobs, on content that does not compress.',
    )
    .option('--megabytes <N>', 'content of the whole jobs', count, 200)
    .option('--repair <PERCENT>', 'repair symbols of the whole jobs', count, 0)
    .option('--json', 'print the results as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ megabytes, repair, json }: Options) => {
      const stages: StageReport[] = [];
      const jobs: JobReport[] = [];
      // jobs first: what this process takes counts as resident in the processes it starts
      for (const fileBytes of FILE_BYTES) {
        for (const depth of DEPTHS) {
          io.stderr.write(`job of ${megabytes} MB in files of ${fileBytes / 1e6} MB at depth ${depth}\n`);
          jobs.push(measureJob(megabytes * 1e6, fileBytes, depth, repair));
        }
      }
      for (const depth of DEPTHS) {
        io.stderr.write(`stages at depth ${depth}\n`);
        stages.push(await measureStages(STAGE_MEGABYTES * 1e6, depth));
      }
      const report = { environment: environment(), stages, jobs };
      io.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : text(report));
    });
}

function text(report: {
  environment: ReturnType<typeof environment>;
  stages: StageReport[];
  jobs: JobReport[];
}): string {
  const lines = [environmentLine(report.environment), ''];
  for (const { contentBytes, authDepth, stages } of report.stages) {
    lines.push(
      `Stages alone on one thread, ${contentBytes / 1e6} MB, authentication depth ${authDepth}; MB/s, median (slowest-fastest):`,
    );
    for (const side of ['send', 'receive'] as const) {
      const own = stages.filter((stage) => stage.side === side);
      const total = own.reduce((sum, { ms }) => sum + ms.median, 0);
      for (const { name, ms } of own) {
        const share = `${((100 * ms.median) / total).toFixed(1)} %`;
        const speed = speeds(contentBytes, {
          ...ms,
          median: ms.median / 1e3,
          min: ms.min / 1e3,
          max: ms.max / 1e3,
        });
        lines.push(`  ${side.padEnd(8)} ${name.padEnd(11)} ${speed.padEnd(20)} ${share.padStart(7)}`);
      }
    }
    lines.push('');
  }
  lines.push(
    'Whole jobs with the executables on all cores, nothing lost, content compared; MB/s, median (slowest-fastest):',
  );
  for (const job of report.jobs) {
    const memory = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    const row = (name: string, seconds: Summary) =>
      `    ${name.padEnd(30)} ${speeds(job.contentBytes, seconds)}`;
    lines.push(
      `  depth ${job.authDepth}, ${job.contentBytes / 1e6} MB in files of ${job.fileBytes / 1e6} MB, ${job.repairPercent} % repair`,
      row('encode', job.encode),
      row('recording to verified object', job.verify),
      row('receive, lazy', job.receiveLazily),
      row('receive, every signature', job.receiveEagerly),
      `    resident at most: encoder ${memory(job.encodeMemory)}, receiver ${memory(job.receiveMemory)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** @param seconds for all bytes */
function speeds(bytes: number, { median, min, max }: Summary): string {
  const speed = (seconds: number) => (bytes / seconds / 1e6).toFixed(0);
  return `${speed(median)} (${speed(max)}-${speed(min)})`;
}
