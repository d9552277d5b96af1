import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasUnprintable } from '../../../codecs/text.js';
import { ROOT } from '../../../fixtures/job.js';
import { runProgram } from '../../testing-program.js';

const NOW = Date.UTC(2026, 5, 1);

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-plan-channel-'));
  onTestFinished(() => rmSync(work, { recursive: true }));
  writeFileSync(join(work, 'page.html'), '<p>news</p>'.repeat(2000));
});

/** Plans with a channel file of these bundles. */
function plan(bundles: readonly string[], ...options: readonly string[]) {
  const file = join(work, 'channel.yaml');
  const lines = bundles.map((bundle) => `  - {${bundle}}\n`).join('');
  writeFileSync(file, `dest: 239.255.0.1:4001\nrate: 64k\nbundles:\n${lines}`);
  return runProgram(['plan', '--channel', file, '--loss', '10', ...options], { now: NOW });
}

describe('datacast plan --channel', () => {
  it('goes on without content that is optional and not there, and says so', async () => {
    const bundles = ['name: a, path: page.html', 'name: b, path: none, optional: true'];
    const { code, stdout, stderr } = await plan(bundles);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^On the air +1 bundle /m);
    expect(stdout).toMatch(/^b: it is optional and takes no airtime yet: .*none does not exist\.$/m);
    const { leftOut } = JSON.parse((await plan(bundles, '--json')).stdout);
    expect(leftOut).toEqual([{ name: 'b', why: expect.stringContaining('does not exist') }]);
    const hostile = await plan([bundles[0]!, 'name: b, path: "x\\u202ey\\e[2J", optional: true']);
    expect(hostile.code).toBe(0);
    expect(hostile.stdout).toMatch(/^b: it is optional .* does not exist\.$/m);
    expect(hasUnprintable(hostile.stdout.replaceAll('\n', ''))).toBe(false);
    expect(await plan([bundles[0]!, 'name: b, path: none'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none does not exist.'),
    });
  });

  it('gives no airtime to what has expired, and tells a start only when it is to come', async () => {
    const open = 'name: open, path: page.html, start: 2026-05-01T00:00:00Z, expires: 2026-07-01T00:00:00Z';
    const over = 'name: over, path: page.html, expires: 2026-05-31T23:00:00Z';
    const { code, stdout } = await plan([open, over]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^over: it expired at 2026-05-31 23:00 UTC and takes no airtime\.$/m);
    expect(stdout).not.toContain('it starts at');
    const alone = (await plan([open])).stdout;
    expect(stdout.replace(/\nover: .*/, '')).toBe(alone);
    expect(await plan([over])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Nothing of .*channel\.yaml is on the air\. over: it expired at /),
    });
  });

  it('advises a larger weight only where that helps', async () => {
    const minute = 'start: 2026-07-01T00:00:00Z, expires: 2026-07-01T00:01:00Z';
    writeFileSync(join(work, 'large.bin'), randomBytes(600_000));
    const alone = await plan([`name: a, path: large.bin, ${minute}`]);
    expect(alone.stdout).toMatch(/^a: it is on the air for 1 min 00 s in all, .* Let it expire later\.$/m);
    const rain = ['--model', 'rain-fade', '--frequency', '20'];
    const silent = await plan(['name: a, path: page.html, every: 1m', 'name: b, path: page.html'], ...rain);
    expect(silent.code).toBe(1);
    expect(silent.stdout).toMatch(/^a: no time was found .* leave out every and pause/m);
    expect(silent.stdout).not.toMatch(/^a: .*larger weight/m);
  });

  it('takes --mtu and --auth-depth instead of the file', async () => {
    const passOf = async (...options: string[]) => {
      const { stdout } = await plan(['name: a, path: page.html'], '--json', ...options);
      return JSON.parse(stdout).bundles[0].pass as number;
    };
    const [usual, small, deep] = [
      await passOf(),
      await passOf('--mtu', '600'),
      await passOf('--auth-depth', '7'),
    ];
    expect(new Set([usual, small, deep]).size).toBe(3);
  });

  it('reads a file only, and none that is too long', () => {
    const datacast = (path: string) =>
      spawnSync(
        process.execPath,
        [join(ROOT, 'dist/encoder/cli.js'), 'plan', '--channel', path, '--loss', '10'],
        { encoding: 'utf8', timeout: 60_000 },
      );
    const fifo = join(work, 'pipe');
    execFileSync('mkfifo', [fifo]);
    const long = join(work, 'long.yaml');
    writeFileSync(long, '');
    truncateSync(long, 2 ** 32);
    for (const path of [fifo, work, '/dev/zero']) {
      expect(datacast(path)).toMatchObject({
        status: 1,
        stderr: `${path} is no file: give the channel file itself.\n`,
      });
    }
    expect(datacast(long)).toMatchObject({ status: 1, stderr: `${long} has more than 1048576 bytes.\n` });
  });
});

describe('datacast plan --size', () => {
  it('cuts a directory as encode does, links and what is left out included', async () => {
    mkdirSync(join(work, 'news'));
    writeFileSync(join(work, 'news/large.txt'), 'x'.repeat(1000));
    symlinkSync(join(work, 'page.html'), join(work, 'news/index.html'));
    const asked = ['plan', '--size', join(work, 'news'), '--rate', '64k', '--loss', '10'];
    expect(await runProgram(asked)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is a symbolic link.* or give --follow-links\.\n/),
    });
    expect(await runProgram([...asked, '--follow-links'])).toMatchObject({ code: 0 });
    expect(await runProgram([...asked, '--exclude', 'index.html'])).toMatchObject({ code: 0 });
  });

  it('says what it promises without rounding it to all, and which edits do not fit', async () => {
    const asked = ['plan', '--size', '100k', '--rate', '64k', '--loss', '10'];
    const { stdout } = await runProgram([...asked, '--confidence', '0.9999']);
    expect(stdout).toContain('99.99 % have it');
    const edits = await runProgram([...asked, '--edit-every', '1s', '--edit-changes', '50k']);
    expect(edits.stdout).toMatch(
      /^Edits take \d{3} % of the airtime: give a higher rate, or fewer or smaller edits\.$/m,
    );
    expect(edits.stdout).not.toContain('an edit');
  });
});
