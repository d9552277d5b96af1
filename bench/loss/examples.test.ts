import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../fixtures/job.js';
import { namedGrid } from './grid.js';
import { shardOf } from './run.js';

const GUIDE = readFileSync(join(ROOT, 'docs/experiments.md'), 'utf8');

/** The code block of a section of the guide. */
function example(section: string, language: string): string {
  const text = GUIDE.split(/^### /m).find((each) => each.startsWith(section))!;
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(text)![1]!;
}

/** Runs a script of the guide, in the place that it is written for, to the list of the cells that it would run. */
function cellsOf(shell: string, script: string, variables: Record<string, string>): unknown[] {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`;
  const { status, stdout, stderr } = spawnSync(shell, ['-c', script], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { PATH: path, ...variables },
    // bash that reads from a socket reads the user's own start file too
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

const shardOfFull = (index: number, count: number): unknown[] =>
  JSON.parse(JSON.stringify(shardOf(namedGrid('full', 1), { index, count })));

describe('examples of the guide to experiments', () => {
  it('the tasks of the Slurm array run its shards', () => {
    const script = example('Slurm', 'bash');
    const last = Number(/^#SBATCH --array=1-(\d+)$/m.exec(script)![1]);
    // where there is no cluster the shell starts what srun would start
    const srun = 'srun() { test "$1" = --cpus-per-task=4 && shift && "$@" --list; }';
    for (const task of [1, last]) {
      const cells = cellsOf('bash', `${srun}\n${script}`, {
        SLURM_SUBMIT_DIR: ROOT,
        SLURM_ARRAY_TASK_ID: `${task}`,
        SLURM_CPUS_PER_TASK: '4',
      });
      expect(cells).toEqual(shardOfFull(task, last));
    }
  });

  it('the pods of the Kubernetes job run its shards', () => {
    const { apiVersion, kind, spec } = parse(example('Kubernetes', 'yaml'));
    expect({ apiVersion, kind, mode: spec.completionMode }).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      mode: 'Indexed',
    });
    const { restartPolicy, containers, volumes } = spec.template.spec;
    // backoffLimitPerIndex demands it
    expect([spec.backoffLimitPerIndex, restartPolicy]).toEqual([5, 'Never']);
    const [{ command, args, volumeMounts }] = containers;
    const names = (list: { name: string }[]) => list.map(({ name }) => name);
    expect(names(volumeMounts)).toEqual(names(volumes));
    expect([command.length, command[1], args.length]).toEqual([2, '-c', 1]);
    for (const index of [0, spec.completions - 1]) {
      const cells = cellsOf(command[0], `${args[0].trimEnd()} --list`, { JOB_COMPLETION_INDEX: `${index}` });
      expect(cells).toEqual(shardOfFull(index + 1, spec.completions));
    }
  });
});
