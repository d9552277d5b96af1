import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { CliError, runCli, UsageError } from './command.js';

class OwnError extends Error {}

const FAILURES: Record<string, () => unknown> = {
  own: () => new OwnError('The third record is damaged.'),
  cli: () => new CliError('Nothing arrived.'),
  usage: () => new UsageError('Input and output are the same file.'),
  bug: () => new TypeError('x is not a function'),
  string: () => 'thrown text',
  escape: () => new OwnError('The name \u001b]0;x\u0007 is damaged.'),
};

async function run(...argv: string[]) {
  let stdout = '';
  let stderr = '';
  const io = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const program = new Command('tool').version('1.2.3');
  program
    .command('fail')
    .argument('<how>')
    .action((how: string) => {
      throw FAILURES[how]!();
    });
  program
    .command('read')
    .argument('<path>')
    .action(async (path: string) => {
      await readFile(path);
    });
  program.command('work').action(() => {
    io.stdout.write('done\n');
  });
  const code = await runCli(program, argv, io);
  return { code, stdout, stderr };
}

describe('runCli', () => {
  it('answers 0 for work done, help and version', async () => {
    expect(await run('work')).toEqual({ code: 0, stdout: 'done\n', stderr: '' });
    expect(await run('--version')).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    const help = await run('fail', '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('--debug');
  });

  it('answers 2 for a command line that is wrong', async () => {
    for (const argv of [['--nonsense'], ['unheard-of'], ['fail'], ['fail', 'own', '--nonsense']]) {
      const { code, stdout, stderr } = await run(...argv);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^(Unknown|Missing) .*\n/);
      expect(stderr).toContain('--help');
    }
    expect(await run('fail', 'usage')).toEqual({
      code: 2,
      stdout: '',
      stderr: 'Input and output are the same file.\n',
    });
  });

  it('answers 1 with the sentence of an expected error', async () => {
    expect((await run('fail', 'own')).stderr).toBe('The third record is damaged.\n');
    expect(await run('fail', 'cli')).toEqual({ code: 1, stdout: '', stderr: 'Nothing arrived.\n' });
  });

  it('says what the operating system refused', async () => {
    expect(await run('read', '/no/such/file')).toEqual({
      code: 1,
      stdout: '',
      stderr: '/no/such/file does not exist.\n',
    });
    expect((await run('read', '/')).stderr).toContain('is a directory');
  });

  it('answers 1 without a stack trace for a bug, and shows it with --debug', async () => {
    const { code, stderr } = await run('fail', 'bug');
    expect(code).toBe(1);
    expect(stderr).toBe('Unexpected error: x is not a function (run again with --debug to see where)\n');
    expect((await run('fail', 'bug', '--debug')).stderr).toMatch(/\n {4}at /);
    expect((await run('fail', 'escape', '--debug')).stderr).not.toContain('\u001b');
    expect((await run('fail', 'string')).stderr).toBe('Unexpected error: thrown text\n');
  });
});
