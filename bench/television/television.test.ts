import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carrier, createTelevisionMultiplexer } from '../../codecs/mpegts/index.js';
import { compareDirectories, ROOT, runProgram } from '../../fixtures/job.js';
import { requireTool } from '../../fixtures/tools.js';
import { createPrng } from '../channel/index.js';
import { packetEfficiency } from './efficiency.js';
import { datagramsIn, decodeErrors, recordingsOf } from './survival.js';

/** What recorders keep of a television service, by their rules and by ffmpeg. */

const SEED = 5;
const DATAGRAMS = 300;

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-television-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A stream of two seconds with as many datagrams as given. */
function writeStream(carrier: Carrier): string {
  const multiplexer = createTelevisionMultiplexer({ tsRate: 2_500_000, carrier });
  const prng = createPrng(SEED);
  let left = DATAGRAMS;
  const take = () => (left-- > 0 ? { bytes: prng.bytes(1400) } : undefined);
  const blocks: Uint8Array[] = [];
  while (left > 0 || !multiplexer.isDrained) blocks.push(multiplexer.next(take));
  // a decoder shows a picture when the next one begins
  for (let picture = 0; picture < 25; picture++) blocks.push(multiplexer.next(() => undefined));
  const path = join(work, `${carrier}.ts`);
  writeFileSync(path, Buffer.concat(blocks));
  return path;
}

/** Recordings that lose datagrams, with the share that they have at least. */
const LOSSES: Readonly<Record<Carrier, Readonly<Record<string, number>>>> = {
  video: { multiplex: 0.85 },
  subtitles: {
    multiplex: 0.85,
    'picture and sound alone': 0,
    'ffmpeg -c copy .mpg': 0,
    'ffmpeg -c copy .mp4': 0,
  },
};

describe.each(['video', 'subtitles'] as const)('datagrams in %s', (carrier) => {
  it('survive recorders, and picture and sound are decoded without a complaint', (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const path = writeStream(carrier);
    expect(decodeErrors(path)).toBe('');
    for (const { name, files } of recordingsOf(path, work, SEED)) {
      const loss = Object.entries(LOSSES[carrier]).find(([lossy]) => name.startsWith(lossy));
      const kept = datagramsIn(files);
      if (loss === undefined) expect(kept, name).toBe(DATAGRAMS);
      else expect(kept, name).toBeGreaterThanOrEqual(loss[1] * DATAGRAMS);
    }
  });

  it('take little more than themselves', () => {
    expect(packetEfficiency(carrier, 6_000_000, 1472)).toBeGreaterThan(carrier === 'video' ? 0.93 : 0.95);
  });
});

describe('a stick', () => {
  it('has the whole edition, whatever the box calls its file', (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const at = (name: string) => join(work, name);
    const run = (program: Parameters<typeof runProgram>[0], ...args: string[]) => {
      const { status, stderr, stdout } = runProgram(program, args);
      if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
      return stdout;
    };
    const content = join(ROOT, 'fixtures/bundle');
    run('datacast', 'keygen', '--out', at('keys'), '--no-password');
    const options = ['--keys', at('keys'), '--level', '1', '--ts-service', 'tv', '--ts-rate', '4M'];
    run('datacast', 'encode', content, ...options, '--out', at('sent.ts'));
    spawnSync('ffmpeg', ['-v', 'quiet', '-i', at('sent.ts'), '-c', 'copy', '-f', 'vob', at('REC0001.REC')]);
    const back = ['--trust', at('keys/publisher.pub'), '--out', at('back')];
    run('datacast-receive', at('REC0001.REC'), ...back);
    expect(compareDirectories(content, at('back'))).toBe(66);
    expect(run('datacast', 'inspect', at('REC0001.REC'))).toContain('enough symbols for 7 of 7 parts');
  });
});
