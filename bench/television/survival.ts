import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PcapError } from '../../codecs/pcap/index.js';
import { createRecordingReader } from '../../codecs/recording/index.js';
import { createPrng } from '../channel/index.js';
import { cutInPieces, losePackets, padPackets, withOtherProgrammes } from './disturb.js';
import { RECORDERS, record } from './recorders.js';

/** What a recorder has made of a stream: one file or several. */
export interface Recording {
  readonly name: string;
  readonly files: readonly string[];
}

/** What was still in a recording. */
export interface Survival {
  readonly name: string;
  readonly sent: number;
  readonly kept: number;
}

/** Bytes that a reader gets at a time. */
const CHUNK_BYTES = 1 << 18;
const PIECES = 4;
const LOSS = 0.01;
/** Containers that `ffmpeg -c copy` writes, and the streams that they take. */
const CONTAINERS: Readonly<Record<string, readonly string[]>> = {
  ts: ['0:v?', '0:a?', '0:s?'],
  mpg: ['0:v?', '0:a?', '0:s?'],
  mp4: ['0:v?', '0:a?'],
  mkv: ['0:v?', '0:a?', '0:s?'],
};

/**
 * Recordings of a stream, one at a time: its files are deleted when the next one is asked for.
 *
 * @param path the stream as it was sent
 * @param directory for the files
 */
export function* recordingsOf(path: string, directory: string, seed: number): Generator<Recording> {
  const stream = readFileSync(path);
  const prng = createPrng(seed);
  const write = (name: string, ...contents: Uint8Array[]) => {
    const files = contents.map((_, i) => join(directory, `recorded-${i}`));
    for (const [i, file] of files.entries()) writeFileSync(file, contents[i]!);
    return { name, files };
  };
  const forms: (() => Recording)[] = [
    () => write('as it is sent', stream),
    ...RECORDERS.map((recorder) => () => write(recorder.name, record(stream, recorder))),
    () => write('packets of 192 bytes', padPackets(stream, 4, 0, prng)),
    () => write('packets of 204 bytes', padPackets(stream, 0, 16, prng)),
    ...Object.keys(CONTAINERS).map((container) => () => copyTo(container, path, directory)),
    () => {
      const multiplex = losePackets(withOtherProgrammes(stream, prng), LOSS, prng);
      return write(
        `multiplex, ${100 * LOSS} % of packets lost, ${PIECES} pieces`,
        ...cutInPieces(multiplex, PIECES, prng),
      );
    },
  ];
  for (const form of forms) {
    const recording = form();
    yield recording;
    for (const file of recording.files) rmSync(file, { force: true });
  }
}

/** `ffmpeg -c copy` into a container; what it complains of is not looked at. */
function copyTo(container: string, path: string, directory: string): Recording {
  const file = join(directory, `copied.${container}`);
  writeFileSync(file, '');
  const maps = CONTAINERS[container]!.flatMap((map) => ['-map', map]);
  spawnSync('ffmpeg', ['-v', 'quiet', '-y', '-i', path, ...maps, '-c', 'copy', file], { stdio: 'ignore' });
  return { name: `ffmpeg -c copy .${container}`, files: [file] };
}

/** What ffmpeg says while it decodes picture and sound; nothing is right. */
export function decodeErrors(path: string): string {
  const { error, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'], {
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return stderr;
}

/** The different datagrams that recordings hold, each by its digest. */
export function datagramsIn(files: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  for (const file of files) {
    const reader = createRecordingReader();
    const bytes = readFileSync(file);
    const take = (datagrams: readonly { payload: Uint8Array }[]) => {
      for (const { payload } of datagrams) seen.add(createHash('sha1').update(payload).digest('base64'));
    };
    try {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
        take(reader.push(bytes.subarray(at, at + CHUNK_BYTES)));
      take(reader.end());
    } catch (error) {
      // a recorder that keeps nothing makes no recording
      if (!(error instanceof PcapError)) throw error;
    }
  }
  return seen;
}
