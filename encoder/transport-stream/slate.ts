import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  builtInSlate,
  PICTURE_RATE,
  readMpeg2Slate,
  readSlate,
  type Slate,
  type VideoCoding,
} from '../../codecs/mpegts/index.js';
import { EncodeError } from '../error.js';

/** What is to be seen, instead of the slate that is built in. */
export interface SlateSource {
  /** A picture or a film, which is shown again and again; three bars on a dark ground unless given. */
  readonly path: string | undefined;
  /** Written over it; may have several lines. */
  readonly text: string | undefined;
  /** H.264 unless given. */
  readonly video?: VideoCoding | undefined;
}

const PICTURES = new Set(['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.gif']);
/** Pictures from one key picture to the next: a decoder begins within a second. */
const GROUP = 24;
/** Seconds of a film that are shown. */
const MAX_SECONDS = 60;
/** The share of the stream that a slate may take, with peaks. */
const SHARE = 0.1;
const MAX_BYTES = 2 ** 26;
/** Square pixels of 16:9, and what is sent of them. */
const [WIDTH, HEIGHT] = [1024, 576];
const GROUND = '0x28323c';
/** As on the slate that is built in, in square pixels. */
const BARS = [
  [387, 248, 250],
  [387, 284, 250],
  [387, 320, 159],
]
  .map(([x, y, width]) => `,drawbox=x=${x}:y=${y}:w=${width}:h=8:c=0x96a0aa:t=fill`)
  .join('');
/** How ffmpeg codes pictures: parameters or headers with each key picture, and no B pictures. */
const CODERS: Readonly<Record<VideoCoding, readonly string[]>> = {
  h264: [
    ...[
      '-c:v',
      'libx264',
      '-profile:v',
      'main',
      '-level',
      '3',
      '-preset',
      'slow',
      '-crf',
      '24',
      '-x264-params',
    ],
    `keyint=${GROUP}:min-keyint=${GROUP}:scenecut=0:bframes=0:ref=1:aud=1:repeat-headers=1`,
    ...['-f', 'h264'],
  ],
  mpeg2: [
    ...['-c:v', 'mpeg2video', '-profile:v', 'main', '-level:v', 'main', '-qmin', '4', '-q:v', '4'],
    ...['-g', String(GROUP), '-bf', '0', '-sc_threshold', '1000000000', '-threads', '1', '-f', 'mpeg2video'],
  ],
};

/**
 * Makes a slate ready, by ffmpeg where it is not the one that is built in.
 *
 * @param tsRate bits a second of the stream
 * @throws EncodeError when ffmpeg or a font is missing, or ffmpeg cannot read the file
 */
export async function makeSlate({ path, text, video = 'h264' }: SlateSource, tsRate: number): Promise<Slate> {
  if (path === undefined && text === undefined && video === 'h264') return builtInSlate();
  if (path !== undefined) await access(path, constants.R_OK);
  const scratch = await mkdtemp(join(tmpdir(), 'datacast-slate-'));
  try {
    const words = text === undefined ? [] : [await drawText(text, scratch)];
    const isStill = path === undefined || PICTURES.has(extname(path).toLowerCase());
    // a picture that cannot be read would be tried for ever
    const input =
      path === undefined
        ? ['-f', 'lavfi', '-i', `color=c=${GROUND}:s=${WIDTH}x${HEIGHT}${text === undefined ? BARS : ''}`]
        : [...(isStill ? ['-xerror', '-loop', '1'] : []), '-i', `file:${path}`];
    const fit = `scale=${WIDTH}:${HEIGHT}:force_original_aspect_ratio=decrease,pad=${WIDTH}:${HEIGHT}:-1:-1:color=${GROUND}`;
    const filters = [`fps=${PICTURE_RATE}`, fit, ...words, 'scale=720:576', 'setsar=64/45', 'format=yuv420p'];
    const kilobits = Math.floor((SHARE * tsRate) / 1000);
    const stream = await ffmpeg([
      ...input,
      ...['-vf', filters.join(','), '-an', '-frames:v', String(isStill ? GROUP : MAX_SECONDS * PICTURE_RATE)],
      ...CODERS[video],
      ...['-maxrate', `${kilobits}k`, '-bufsize', `${kilobits}k`, 'pipe:1'],
    ]);
    return video === 'mpeg2' ? readMpeg2Slate(stream) : readSlate(stream);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const run = promisify(execFile);

async function ffmpeg(args: readonly string[]): Promise<Uint8Array> {
  try {
    const options = { encoding: 'buffer', maxBuffer: MAX_BYTES } as const;
    const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', ...args], options);
    return stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: Uint8Array };
    if (code === 'ENOENT') {
      throw new EncodeError(
        'ffmpeg is needed for --slate, --slate-text and --ts-video mpeg2: install it (on Debian: apt-get install ffmpeg), or leave them out: the slate that is built in needs nothing.',
      );
    }
    const reason = Buffer.from(stderr ?? [])
      .toString()
      .trim()
      .split('\n')
      .at(-1);
    throw new EncodeError(
      `ffmpeg cannot make a slate of it: ${reason}. Give a picture or a film that it can read.`,
    );
  }
}

/** The filter that writes a text with a font that has all of its characters. */
async function drawText(given: string, scratch: string): Promise<string> {
  // some systems write a Korean syllable as its letters, which would be drawn one behind the other
  const text = given.normalize('NFC');
  const font = await fontFor(text);
  // from a file, so that no character means anything to ffmpeg
  const file = join(scratch, 'text');
  await writeFile(file, text);
  const place = 'x=(w-text_w)/2:y=h-text_h-60';
  return `drawtext=textfile=${quote(file)}:expansion=none:fontfile=${quote(font)}:fontsize=36:line_spacing=12:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=16:${place}`;
}

/** The file of the font that comes first on this machine for plain text, of those that have all characters. */
async function fontFor(text: string): Promise<string> {
  const characters = [...new Set(text.replace(/\s/g, ''))];
  const charset = characters.map((each) => each.codePointAt(0)!.toString(16)).join(' ');
  const able = await fonts('fc-list', '-f', '%{file}\\n', `:charset=${charset}`);
  const preferred = await fonts('fc-match', '-a', '-f', '%{file}\\n', 'sans-serif');
  const font = preferred.find((file) => able.includes(file)) ?? able[0];
  if (font !== undefined) return font;
  throw new EncodeError(
    `No font here has all characters of --slate-text (${characters.slice(0, 8).join('')}): install one. On Debian: ${packagesFor(text)}.`,
  );
}

/** Files of fonts that ffmpeg opens. */
async function fonts(program: string, ...args: readonly string[]): Promise<string[]> {
  const { stdout } = await run(program, args).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter((file) => /\.(?:ttf|otf|ttc)$/i.test(file));
}

function packagesFor(text: string): string {
  const install = 'apt-get install fontconfig';
  if (/\p{Script=Hangul}/u.test(text)) return `${install} fonts-nanum, or fonts-noto-cjk`;
  return `${install} ${/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text) ? 'fonts-noto-cjk' : 'fonts-noto-core'}`;
}

/** A value of a filter, for the parser of filters and for that of options. */
function quote(value: string): string {
  return value.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');
}
