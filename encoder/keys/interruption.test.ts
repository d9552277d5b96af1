import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { PASSWORD_VARIABLE } from './password.js';

const CLI = fileURLToPath(new URL('../../dist/encoder/cli.js', import.meta.url));

it('ends while a key is derived from a password, and leaves nothing', async () => {
  const work = mkdtempSync(join(tmpdir(), 'datacast-keygen-'));
  try {
    const out = join(work, 'keys');
    const env = { ...process.env, [PASSWORD_VARIABLE]: 'secret enough' };
    const child = spawn(process.execPath, [CLI, 'keygen', '--out', out], { env });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      child.on('close', (code, signal) => resolve([code, signal])),
    );
    // The program starts in a few hundred milliseconds, and scrypt takes longer than that.
    await setTimeout(1000);
    child.kill('SIGINT');
    const [code, signal] = await ended;
    if (code === 0)
      throw new Error('The key was derived before the signal came: this machine is too fast for the test.');
    expect(signal ?? code).toBe('SIGINT');
    expect(stderr).toBe('Interrupted: nothing was written.\n');
    expect(existsSync(join(out, 'publisher.key'))).toBe(false);
  } finally {
    rmSync(work, { recursive: true });
  }
});
