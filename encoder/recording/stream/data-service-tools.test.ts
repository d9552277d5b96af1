import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createPrng } from '../../../bench/channel/index.js';
import { compareDirectories, ROOT, runProgram } from '../../../fixtures/job.js';

/** The whole job over a transport stream, as a tuner records it: packets lost and damaged, the beginning missing. */

const work = mkdtempSync(join(tmpdir(), 'datacast-tuner-'));
afterAll(() => rmSync(work, { recursive: true }));
const at = (name: string) => join(work, name);

const PACKET = 188;
const SEED = 11;

/** What a tuner makes of a stream: packets with a time before them, some lost, some with bit errors. */
function tune(stream: Uint8Array): Uint8Array {
  const random = createPrng(SEED);
  // it begins in the middle of a packet
  const packets: Uint8Array[] = [stream.subarray(100, PACKET)];
  for (let start = 20 * PACKET; start + PACKET <= stream.length; start += PACKET) {
    if (random.chance(0.01)) continue;
    const packet = new Uint8Array(4 + PACKET);
    packet.set(stream.subarray(start, start + PACKET), 4);
    if (random.chance(0.005)) packet[4 + random.below(PACKET)]! ^= 1 << random.below(8);
    packets.push(packet);
  }
  return Buffer.concat(packets);
}

function run(program: Parameters<typeof runProgram>[0], ...args: string[]): string {
  const { status, stdout, stderr } = runProgram(program, args);
  if (status !== 0) throw new Error(`${program} ended with ${status}, seed ${SEED}: ${stderr}`);
  return stdout + stderr;
}

describe('a bundle over a transport stream', () => {
  it('is rebuilt from what a tuner recorded', () => {
    run('datacast', 'keygen', '--out', at('keys'), '--no-password');
    const content = join(ROOT, 'fixtures/bundle');
    const rates = ['--level', '3', '--rate', '900k', '--ts-rate', '1M', '--expect-loss', '20'];
    run('datacast', 'encode', content, '--keys', at('keys'), '--out', at('sent.ts'), ...rates);
    writeFileSync(at('recorded.ts'), tune(readFileSync(at('sent.ts'))));
    expect(run('datacast', 'inspect', at('recorded.ts'))).toContain('file delivery tables');
    const trust = ['--trust', at('keys/publisher.pub'), '--out', at('back')];
    expect(run('datacast-receive', at('recorded.ts'), ...trust)).toMatch(
      /recorded\.ts was not received whole: \d+ gaps/,
    );
    expect(compareDirectories(content, at('back'))).toBe(66);
  });
});
