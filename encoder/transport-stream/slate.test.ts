import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { builtInSlate, createTelevisionMultiplexer } from '../../codecs/mpegts/index.js';
import { requireKoreanFont, requireTool } from '../../fixtures/tools.js';
import { makeSlate } from './slate.js';

const RATE = 2_000_000;

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'datacast-slate-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** A red picture, as ffmpeg makes it. */
function redPicture(): string {
  const path = join(work, "it's red.png");
  spawnSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-f',
    'lavfi',
    '-i',
    'color=red:s=320x180',
    '-frames:v',
    '1',
    path,
  ]);
  return path;
}

describe('a slate', () => {
  it('is built in where nothing else is asked for', async () => {
    expect(await makeSlate({ path: undefined, text: undefined }, RATE)).toEqual(builtInSlate());
  });

  it('shows a picture of the operator', async (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const slate = await makeSlate({ path: redPicture(), text: undefined }, RATE);
    const multiplexer = createTelevisionMultiplexer({
      tsRate: RATE,
      carrier: 'video',
      programmes: [{ slate }],
    });
    const stream = Buffer.concat(Array.from({ length: 30 }, () => multiplexer.next(() => undefined)));
    writeFileSync(join(work, 'slate.ts'), stream);
    const raw = ['-frames:v', '1', '-vf', 'scale=1:1', '-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'];
    const { stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', join(work, 'slate.ts'), ...raw]);
    expect(stderr.toString()).toBe('');
    const [red, green, blue] = stdout;
    expect(red).toBeGreaterThan(200);
    expect(green! + blue!).toBeLessThan(60);
  });

  it('draws Korean letters, however they are written, and no boxes in their place', async (context) => {
    if (!requireTool('ffmpeg', context) || !requireKoreanFont(context)) return;
    const pictureOf = async (text: string) => {
      const { pictures } = await makeSlate({ path: undefined, text }, RATE);
      const path = join(work, 'korean.h264');
      writeFileSync(path, Buffer.concat(pictures.flatMap(({ head, slices }) => [head, slices])));
      const raw = ['-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'];
      const { stdout, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-f', 'h264', '-i', path, ...raw], {
        maxBuffer: 2 ** 24,
      });
      expect(stderr.toString()).toBe('');
      return stdout;
    };
    const picture = await pictureOf('소식');
    const brightness = new Set(picture);
    expect(Math.max(...brightness)).toBeGreaterThan(200);
    expect((await pictureOf('소식'.normalize('NFD'))).equals(picture)).toBe(true);
    // boxes would be the same for any two syllables
    const other = await pictureOf('록화');
    const different = picture.filter((value, at) => Math.abs(value - other[at]!) > 100).length;
    expect(different).toBeGreaterThan(100);
  });

  it('is three bars in MPEG-2, too', async (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const slate = await makeSlate({ path: undefined, text: undefined, video: 'mpeg2' }, RATE);
    const keys = slate.pictures.flatMap(({ isKey }, i) => (isKey ? [i] : []));
    expect([slate.video, slate.pictures.length, keys]).toEqual(['mpeg2', 24, [0]]);
    const bytes = slate.pictures.reduce((sum, { head, slices }) => sum + head.length + slices.length, 0);
    expect((8 * bytes * 25) / 24).toBeLessThan(0.1 * RATE);
  });

  it('says what is wrong with a file that is no picture', async (context) => {
    if (!requireTool('ffmpeg', context)) return;
    const path = join(work, 'text.png');
    writeFileSync(path, 'no picture');
    await expect(makeSlate({ path, text: undefined }, RATE)).rejects.toThrow(
      /^ffmpeg cannot make a slate of it: /,
    );
  });

  it('says what is missing: ffmpeg, or a font', async () => {
    const path = join(work, 'any.png');
    writeFileSync(path, '');
    vi.stubEnv('PATH', work);
    await expect(makeSlate({ path, text: undefined }, RATE)).rejects.toThrow(/^ffmpeg is needed for --slate/);
    await expect(makeSlate({ path: undefined, text: '소식' }, RATE)).rejects.toThrow(
      /^No font here has all characters of --slate-text \(소식\): install one\. On Debian: apt-get install fontconfig fonts-nanum, or fonts-noto-cjk\.$/,
    );
  });
});
