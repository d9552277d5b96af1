import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Carrier, createTelevisionMultiplexer } from '../../codecs/mpegts/index.js';
import { makeSlate } from '../../encoder/transport-stream/slate.js';
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

type Kind = Carrier | 'MPEG-2 video';
const TS_RATE = 2_500_000;

/** A stream of two seconds with as many datagrams as given. */
async function writeStream(kind: Kind): Promise<string> {
  const isMpeg2 = kind === 'MPEG-2 video';
  const source = { path: undefined, text: undefined, video: 'mpeg2' } as const;
  const programmes = [isMpeg2 ? { slate: await makeSlate(source, TS_RATE) } : {}];
  const carrier = isMpeg2 ? 'video' : kind;
  const multiplexer = createTelevisionMultiplexer({ tsRate: TS_RATE, carrier, programmes });
  const prng = createPrng(SEED);
  let left = DATAGRAMS;
  const take = () => (left-- > 0 ? { bytes: prng.bytes(1400) } : undefined);
  const blocks: Uint8Array[] = [];
  while (left > 0 || !multiplexer.isDrained) blocks.push(multiplexer.next(take));
  // a decoder shows a picture when the next one begins
  for (let picture = 0; picture < 25; picture++) blocks.push(multiplexer.next(() => undefined));
  const path = join(work, `${kind}.ts`);
  writeFileSync(path, Buffer.concat(blocks));
  return path;
}

/** Recordings that lose datagrams, with the share that they have at least. */
const LOSSES: Readonly<Record<Kind, Readonly<Record<string, number>>>> = {
  video: { multiplex: 0.85 },
  'MPEG-2 video': { multiplex: 0.85 },
  subtitles: {
    multiplex: 0.85,
    'picture and sound alone': 0,
    'ffmpeg -c copy .mpg': 0,
    'ffmpeg -c copy .mp4': 0,
  },
};

describe.each(['video', 'subtitles', 'MPEG-2 video'] as const)('datagrams in %s', (kind) => {
  it('survive recorders, and picture and sound are decoded without a complaint', async (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const path = await writeStream(kind);
    expect(decodeErrors(path)).toBe('');
    for (const { name, files } of recordingsOf(path, work, SEED)) {
      const loss = Object.entries(LOSSES[kind]).find(([lossy]) => name.startsWith(lossy));
      const kept = datagramsIn(files).size;
      if (loss === undefined) expect(kept, name).toBe(DATAGRAMS);
      else expect(kept, name).toBeGreaterThanOrEqual(loss[1] * DATAGRAMS);
    }
  });
});

it.each([
  ['video', 0.93],
  ['subtitles', 0.95],
] as const)('datagrams in %s take little more than themselves', (carrier, least) => {
  expect(packetEfficiency(carrier, 6_000_000, 1472)).toBeGreaterThan(least);
});

describe('a stick', () => {
  it.for(['h264', 'mpeg2'])(
    'has the whole edition, whatever the box calls its file: %s',
    (video, context) => {
      if (!requireTool('ffmpeg', context)) return;
      const at = (name: string) => join(work, name);
      const run = (program: Parameters<typeof runProgram>[0], ...args: string[]) => {
        const { status, stderr, stdout } = runProgram(program, args);
        if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
        return stdout;
      };
      const content = join(ROOT, 'fixtures/bundle');
      const [keys, out, sent] = [at(`${video}-keys`), at(`${video}-back`), at(`${video}.ts`)];
      const stick = at(`${video}.REC`);
      run('datacast', 'keygen', '--out', keys, '--no-password');
      const options = ['--keys', keys, '--level', '1', '--ts-service', 'tv', '--ts-rate', '4M'];
      run('datacast', 'encode', content, ...options, '--ts-video', video, '--out', sent);
      const { stderr } = spawnSync('ffmpeg', ['-v', 'info', '-i', sent, '-c', 'copy', '-f', 'vob', stick], {
        encoding: 'utf8',
      });
      expect(stderr).toContain(`Video: ${video}`.replace('mpeg2', 'mpeg2video'));
      run('datacast-receive', stick, '--trust', join(keys, 'publisher.pub'), '--out', out);
      expect(compareDirectories(content, out)).toBe(66);
      expect(run('datacast', 'inspect', stick)).toContain('enough symbols for 7 of 7 parts');
    },
  );
});
