import { Command } from 'commander';
import type { CliIo } from '../codecs/cli.js';
import { environment, environmentLine } from './environment.js';
import { wholeNumber } from './options.js';
import { type JobReport, measureJob, measureStages, type StageReport } from './pipeline.js';

const DEPTHS = [0, 4];
const STAGE_MEGABYTES = 64;

const EXAMPLES = `
Example:
  A job of 1 GB:
    datacast-bench pipeline --megabytes 1000`;

/** `datacast-bench pipeline`: speed of each stage and of whole jobs. */
export function pipelineCommand(io: CliIo): Command {
  return new Command('pipeline')
    .description(
      'Measure every stage between directory and recording, and whole jobs, on content that does not compress.',
    )
    .option('--megabytes <N>', 'content of the whole jobs', wholeNumber, 200)
    .option('--json', 'print the results as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ megabytes, json }: { megabytes: number; json?: true }) => {
      const stages: StageReport[] = [];
      const jobs: JobReport[] = [];
      // jobs first: what this process takes counts as resident in the processes it starts
      for (const depth of DEPTHS) {
        io.stderr.write(`job of ${megabytes} MB at depth ${depth}\n`);
        jobs.push(measureJob(megabytes * 1e6, depth));
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
    lines.push(`Stages alone on one thread, ${contentBytes / 1e6} MB, authentication depth ${authDepth}:`);
    for (const side of ['send', 'receive'] as const) {
      const own = stages.filter((stage) => stage.side === side);
      const total = own.reduce((sum, { ms }) => sum + ms, 0);
      for (const { name, ms } of own) {
        const speed = (contentBytes / ms / 1000).toFixed(0).padStart(6);
        const share = ((100 * ms) / total).toFixed(1).padStart(5);
        lines.push(`  ${side.padEnd(8)} ${name.padEnd(11)} ${speed} MB/s  ${share} %`);
      }
    }
    lines.push('');
  }
  lines.push('Whole jobs with the executables, 10 % repair, nothing lost, content compared:');
  for (const job of report.jobs) {
    const speed = (seconds: number) => `${(job.contentBytes / seconds / 1e6).toFixed(0)} MB/s`;
    const memory = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
    lines.push(
      `  depth ${job.authDepth}, ${job.contentBytes / 1e6} MB: encode ${speed(job.encodeSeconds)}, ${memory(job.encodeMemory)} resident; ` +
        `receive ${speed(job.receiveSeconds)}, ${memory(job.receiveMemory)} resident`,
    );
  }
  return `${lines.join('\n')}\n`;
}
