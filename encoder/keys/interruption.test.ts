import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { WAIT } from '../../fixtures/wait.js';
import { PASSWORD_VARIABLE } from './password.js';

const CLI = fileURLToPath(new URL('../../dist/encoder/cli.js', import.meta.url));

/** True when scrypt has begun: it fills a gigabyte, and the program takes a tenth of that without it. */
function derivesKey(pid: number): boolean {
  const resident = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1];
  return Number(resident) > 250_000;
}

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
    await vi.waitFor(() => expect(derivesKey(child.pid!)).toBe(true), WAIT);
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
