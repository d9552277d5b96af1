import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const SAMPLE_INTERVAL = 100;

/**
 * Runs node to its end.
 *
 * @returns bytes resident at most, and seconds
 * @throws Error when it fails
 */
export async function runProcess(args: readonly string[]): Promise<{ memory: number; seconds: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let memory = 0;
  const sampling = setInterval(() => {
    memory = Math.max(memory, residentAtMost(child.pid!));
  }, SAMPLE_INTERVAL);
  let words = '';
  child.stderr.on('data', (chunk) => {
    words = `${words}${chunk}`.slice(-2000);
  });
  try {
    const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
    if (code !== 0) throw new Error(`node ${args.join(' ')} ended with exit code ${code}: ${words}`);
  } finally {
    clearInterval(sampling);
  }
  return { memory, seconds: (performance.now() - began) / 1000 };
}

/** VmHWM of proc(5): what a process had before it became this program does not count; 0 when it has ended. */
function residentAtMost(pid: number): number {
  try {
    return 1024 * Number(/VmHWM:\s*([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
