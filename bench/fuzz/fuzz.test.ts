import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { equalBytes, toHex, utf8Encode } from '../../codecs/bytes.js';
import { runCli } from '../../codecs/node/command.js';
import { createBenchProgram } from '../program.js';
import { fuzz } from './loop.js';
import { runTarget } from './run.js';
import { attempt, FuzzFault, hold, type OpenTarget } from './target.js';
import { TARGETS } from './targets/index.js';

const SEED = 1;
/** Inputs of each target, seeds included. */
const RUNS = 400;
const RUNS_OF_SLOW = 16;
/** Datagrams, symbols. */
const STEPS = 800;

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'datacast-fuzz-test-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('what reads input of others', () => {
  it.each(TARGETS)('$name holds for genuine and some hostile inputs', async ({ name, open }) => {
    const target = await open(join(directory, name));
    let last: Uint8Array = new Uint8Array(0);
    const onInput = (input: Uint8Array) => {
      last = input;
    };
    const runs = target.sequence ? STEPS : target.isSlow ? RUNS_OF_SLOW : RUNS;
    const options = { seed: SEED, runs, until: Number.POSITIVE_INFINITY, onInput };
    const counts = await fuzz(target, options).catch((error) => {
      throw new Error(`The input ${toHex(last)} of seed ${SEED} has a fault.`, { cause: error });
    });
    await target.close?.();
    expect(counts.steps?.count ?? counts.inputs).toBeGreaterThanOrEqual(runs);
    // what all targets are for is behind the first checks
    expect(counts.taken).toBeGreaterThan(0);
  });

  it('takes seeds, which are genuine', async () => {
    for (const { name, open } of TARGETS) {
      const target = await open(join(directory, `${name}-seeds`));
      const taken: boolean[] = [];
      for (const seed of target.seeds) taken.push(await target.run(seed));
      await target.close?.();
      expect(taken, name).toContain(true);
    }
  });
});

describe('the loop', () => {
  const target = (run: (input: Uint8Array) => boolean): OpenTarget => ({ seeds: [utf8Encode('0000')], run });
  const inputsOf = async (seed: number) => {
    const inputs: string[] = [];
    const onInput = (input: Uint8Array) => inputs.push(toHex(input));
    await fuzz(
      target(() => true),
      { seed, runs: 300, until: Number.POSITIVE_INFINITY, onInput },
    );
    return inputs;
  };

  it('makes the same inputs of the same seed, and others of another', async () => {
    const inputs = await inputsOf(5);
    expect(await inputsOf(5)).toEqual(inputs);
    expect(await inputsOf(6)).not.toEqual(inputs);
    expect(new Set(inputs).size).toBeGreaterThan(150);
  });

  it('uses what a target makes of inputs, and its words', async () => {
    const mended: number[] = [];
    const word = utf8Encode('a word of the target');
    let words = 0;
    await fuzz(
      {
        ...target((input) => {
          for (let at = 0; at < input.length; at++)
            if (equalBytes(input.subarray(at, at + word.length), word)) words++;
          return true;
        }),
        words: [word],
        mend: (input) => {
          mended.push(input.length);
          return input;
        },
      },
      { seed: 1, runs: 300, until: Number.POSITIVE_INFINITY, onInput: () => {} },
    );
    expect(words).toBeGreaterThan(10);
    expect(mended.length).toBeGreaterThan(50);
    expect(mended.length).toBeLessThan(250);
  });
});

describe('what may be thrown', () => {
  it('is what a target allows, with a sentence', () => {
    class OwnError extends Error {}
    const thrower = (error: Error) => () => {
      throw error;
    };
    expect(attempt(thrower(new OwnError('A sentence.')), OwnError)).toBe(undefined);
    expect(() => attempt(thrower(new TypeError('x')), OwnError)).toThrow(TypeError);
    expect(() => attempt(thrower(new OwnError('')), OwnError)).toThrow(FuzzFault);
    expect(() => attempt(thrower(new OwnError('x'.repeat(50_000))), OwnError)).toThrow(FuzzFault);
    expect(() => hold(false, 'It does not.')).toThrow('It does not.');
  });
});

describe('planted faults are found', () => {
  const run = (target: string, maxInputMs = 60_000) =>
    runTarget({ target, seed: SEED, runs: 2_000_000, until: Number.POSITIVE_INFINITY, maxInputMs });

  it('behind bytes that only the code which runs leads to', async () => {
    const result = await run('planted-fault');
    expect(result).toMatchObject({ type: 'fault', message: 'The input begins with "dcf".' });
    expect(result.type === 'fault' && toHex(result.input)).toMatch(/^646366/);
  });

  it('when an input takes for ever', async () => {
    const result = await run('planted-hang', 1000);
    expect(result).toMatchObject({ type: 'fault', message: 'It takes more than 1 s.' });
    expect(result.type === 'fault' && result.input.length).toBe(5);
  });

  it('when an input takes memory without limit', async () => {
    expect(await run('planted-memory')).toMatchObject({
      type: 'fault',
      message: expect.stringMatching(/MiB of memory\.$/),
    });
  });

  it('when something throws that nobody waits for', async () => {
    expect(await run('planted-late')).toMatchObject({ type: 'fault', message: 'Nobody waits for this.' });
  });
});

describe('datacast-bench fuzz', () => {
  async function cli(...args: string[]) {
    const [stdout, stderr]: [string[], string[]] = [[], []];
    const io = {
      stdout: { write: (text: string) => stdout.push(text) },
      stderr: { write: (text: string) => stderr.push(text) },
    };
    const code = await runCli(createBenchProgram(io), ['fuzz', ...args], io);
    return { code, stdout: stdout.join(''), stderr: stderr.join('') };
  }

  it('lists the targets', async () => {
    const { code, stdout } = await cli('--list');
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(TARGETS.length);
    for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^[a-z0-9-]+ {2,}[A-Z].*\.$/);
    expect(stdout).not.toContain('planted');
  });

  it('says what it ran', async () => {
    const { code, stdout, stderr } = await cli('--target', 'address', '--runs', '100', '--seed', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Seed 3\n' });
    expect(stdout).toMatch(
      /^address: 1\d\d inputs, [\d,]+ a second, .* % taken, corpus 6 to \d+, \d+ kB of code/,
    );
  });

  it('keeps the input of a fault, and repeats it', async () => {
    const out = join(directory, 'faults');
    const found = await cli('--target', 'planted-late', '--seed', '3', '--seconds', '60', '--out', out);
    expect(found).toMatchObject({ code: 1, stderr: expect.stringContaining('1 fault was found.') });
    const command = /npm run fuzz -- (--target planted-late --input (\S+))/.exec(found.stdout);
    expect(readFileSync(command![2]!)).toHaveLength(5);
    const again = await cli(...command![1]!.split(' '));
    expect(again).toMatchObject({ code: 1, stdout: expect.stringContaining('Nobody waits for this.') });
    expect(existsSync(out)).toBe(true);
  });

  it('refuses a command line that says nothing', async () => {
    expect((await cli()).code).toBe(2);
    expect((await cli('--target', 'nothing')).code).toBe(2);
    expect((await cli('--target', 'alc', '--runs', '0')).code).toBe(2);
    expect((await cli('--target', 'all', '--input', 'x')).code).toBe(2);
    expect((await cli('--target', 'alc', '--input', join(directory, 'none'))).code).toBe(1);
  });
});
