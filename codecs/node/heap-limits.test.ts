import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

const MODULE = new URL('../../dist/codecs/node/heap-limits.js', import.meta.url).href;

/** Bytes for short-lived values after many of them lived for a while, before and after a thread has begun. */
const PROGRAM = `
  import { once } from 'node:events';
  import { getHeapSpaceStatistics } from 'node:v8';
  import { Worker } from 'node:worker_threads';
  if (process.argv.includes('limited')) (await import('${MODULE}')).limitYoungMemory();
  function bytes() {
    let kept = [];
    for (let i = 0; i < 4e5; i++) {
      kept.push({ i, list: [i] });
      if (kept.length > 20_000) kept = [];
    }
    return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
  }
  const before = bytes();
  const thread = new Worker('setTimeout(() => {}, 100)', { eval: true });
  await once(thread, 'online');
  console.log(JSON.stringify([before, bytes()]));`;

function youngBytes(...args: string[]): [number, number] {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...args]);
  return JSON.parse(output.toString());
}

it('keeps the memory for short-lived values small, also when threads begin', () => {
  expect(Math.min(...youngBytes())).toBeGreaterThan(8e6);
  expect(Math.max(...youngBytes('limited'))).toBeLessThan(5e6);
});
