/** What the cases read: content, recordings of it with losses, and a page that trusts its publisher. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pcapHeader } from '../../codecs/pcap/index.js';
import { writeCorpus } from '../../fixtures/corpus.js';
import { cliOf, type Program } from '../../fixtures/job.js';
import { createPrng } from '../../fixtures/prng.js';

/** Pages, pictures, sound and films; or one film alone, which is one part. */
export type ContentKind = 'site' | 'film';

export interface RecordingSpec {
  readonly content: ContentKind;
  /** Of the content. */
  readonly bytes: number;
  /** Share of datagrams that a forgery accompanies. */
  readonly forged: number;
  /** How often the session is in the recording; once unless given. */
  readonly times?: number;
}

export interface Recording {
  readonly path: string;
  /** The content, to compare with. */
  readonly directory: string;
}

export interface Material {
  readonly page: string;
  /** Made when it is asked for. */
  recording(spec: RecordingSpec): Recording;
  /** The first `share` of a recording. */
  cut(recording: Recording, share: number): string;
  profile(): string;
}

export interface MaterialOptions {
  /** Where everything is made. */
  readonly directory: string;
  readonly seed: number;
  /** Share of datagrams that are lost. */
  readonly loss: number;
  say(sentence: string): void;
}

const PCAP_HEADER_BYTES = pcapHeader().length;

/** Repair for more than what is lost, as an operator would plan. */
const MARGIN = 0.02;

export function createMaterial({ directory, seed, loss, say }: MaterialOptions): Material {
  const at = (name: string) => join(directory, name);
  const keys = at('keys');
  const page = at('page.html');
  let profiles = 0;
  run('datacast', 'keygen', '--out', keys, '--no-password');
  const trust = ['--trust', join(keys, 'publisher.pub')];
  run('datacast', 'page', ...trust, '--out', page, '--language', 'en', '--title', 'Measured');

  function content({ content: kind, bytes }: RecordingSpec): string {
    const path = at(`${kind}-${bytes}`);
    if (existsSync(path)) return path;
    say(`Making ${bytes / 1e6} MB of content (${kind}).`);
    mkdirSync(path);
    if (kind === 'site') writeCorpus(path, { bytes, seed });
    else writeFilm(path, bytes, seed);
    return path;
  }

  const percent = (share: number) => `${Number((100 * share).toFixed(6))}%`;

  return {
    page,
    recording(spec) {
      const source = content(spec);
      const { forged, times = 1 } = spec;
      const path = `${source}-${forged}-${times}.pcap`;
      if (existsSync(path)) return { path, directory: source };
      say('Encoding it, and passing it through a channel.');
      const [once, sent] = [at('once.pcap'), at('sent.pcap')];
      const repair = ['--expect-loss', percent(loss + MARGIN)];
      run('datacast', 'encode', source, '--keys', keys, '--out', once, '--level', '3', ...repair);
      writeFileSync(sent, Buffer.concat([...repeated(readFileSync(once), times)]));
      const harm = ['--loss', percent(loss), '--forge', percent(forged), '--seed', `${seed}`];
      run('datacast-bench', 'channel', sent, path, ...harm);
      rmSync(once);
      rmSync(sent);
      return { path, directory: source };
    },
    cut({ path }, share) {
      const bytes = readFileSync(path);
      const piece = `${path}.${share}.pcap`;
      writeFileSync(piece, bytes.subarray(0, Math.floor(share * bytes.length)));
      return piece;
    },
    profile() {
      const path = at(`profile-${profiles++}`);
      mkdirSync(path);
      return path;
    },
  };
}

/** A capture file whose packets come so often. */
function* repeated(capture: Buffer, times: number): Generator<Buffer> {
  yield capture;
  for (let i = 1; i < times; i++) yield capture.subarray(PCAP_HEADER_BYTES);
}

function writeFilm(path: string, bytes: number, seed: number): void {
  writeFileSync(join(path, 'index.html'), '<title>Film</title><video src="films/film.webm"></video>');
  const film = join(path, 'films', 'film.webm');
  mkdirSync(dirname(film));
  writeFileSync(film, createPrng(seed).bytes(bytes));
}

function run(program: Program, ...args: string[]): void {
  execFileSync(process.execPath, [cliOf(program), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}
