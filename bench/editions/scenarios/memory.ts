import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KEY_FILES } from '../../../encoder/keys/keys.js';
import { cliOf, compareDirectories, ROOT } from '../../../fixtures/job.js';
import type { Laboratory } from '../laboratory.js';
import { runProcess } from '../run-process.js';
import { atMost, type Scenario } from '../scenario.js';
import { createSite } from '../simulation/content.js';

/** Nobody listens there. */
const DESTINATION = '127.0.0.1:9';

interface MemoryScenario {
  readonly name: string;
  readonly title: string;
  /** Bytes of the content. */
  readonly bytes: number;
  /** MB resident at most. */
  readonly bar: number;
  readonly former: string;
  /** Arguments of node, for the content in a directory. */
  prepare(laboratory: Laboratory, content: string): Promise<readonly string[]> | readonly string[];
  /** @throws Error when the process has not done what it was to do */
  check?(laboratory: Laboratory, content: string): void;
}

function memoryScenario({ name, title, bytes, bar, former, prepare, check }: MemoryScenario): Scenario {
  return {
    name,
    title,
    method: 'measured',
    isQuick: false,
    async run(laboratory) {
      const content = laboratory.path(name);
      laboratory.say(`Making ${bytes / 1e6} MB of content.`);
      createSite(content, bytes, laboratory.parameters.seed);
      const args = await prepare(laboratory, content);
      laboratory.say(`Running: node ${args.slice(0, 2).join(' ')}`);
      const { memory, seconds } = await runProcess(args);
      check?.(laboratory, content);
      return [
        { what: 'resident at most', value: memory / 1e6, unit: 'MB', bar: atMost(bar), former },
        { what: 'it took', value: seconds, unit: 's' },
      ];
    },
  };
}

const keysOf = ({ keyDirectory }: Laboratory) => ['--keys', keyDirectory];

/** `send` packs it and sends a pass. */
function send(laboratory: Laboratory, content: string): string[] {
  const where = ['--dest', DESTINATION, '--rate', '100M', '--passes', '1'];
  return [cliOf('datacast'), 'send', content, ...keysOf(laboratory), ...where, '--state', `${content}-state`];
}

function encode(laboratory: Laboratory, content: string, ...more: string[]): string[] {
  return [cliOf('datacast'), 'encode', content, ...keysOf(laboratory), '--out', `${content}.pcap`, ...more];
}

/** Makes a recording of the content. @returns arguments of node for a receiver of it */
export async function receive(laboratory: Laboratory, content: string): Promise<string[]> {
  // What was compressed less is no smaller to receive.
  await runProcess(encode(laboratory, content, '--level', String(laboratory.parameters.level)));
  mkdirSync(`${content}-temporary`);
  const program = join(ROOT, 'dist/bench/editions/receive-process.js');
  const key = join(laboratory.keyDirectory, KEY_FILES.publisherPublic);
  return [program, `${content}.pcap`, key, `${content}-out`, `${content}-temporary`];
}

export function checkReceived({ path }: Laboratory, content: string): void {
  compareDirectories(content, join(`${content}-out`, content.slice(path('').length)));
}

const SENDING = 'Memory of `send` at 100 Mbit/s while it packs and sends';
const ENCODING = 'Memory of `encode` with all cores';
const RECEIVING = 'Memory of a receiver of a recording: engine and output directory';

export const memoryScenarios: readonly Scenario[] = [
  {
    name: 'memory-send-100',
    title: `${SENDING} 100 MB`,
    bytes: 100e6,
    bar: 200,
    former: '590 MB',
    prepare: send,
  },
  {
    name: 'memory-send-1000',
    title: `${SENDING} 1 GB`,
    bytes: 1e9,
    bar: 220,
    former: '781 MB',
    prepare: send,
  },
  {
    name: 'memory-encode-100',
    title: `${ENCODING}, 100 MB`,
    bytes: 100e6,
    bar: 220,
    former: '300 MB',
    prepare: (laboratory: Laboratory, content: string) => encode(laboratory, content),
  },
  {
    name: 'memory-receive-100',
    title: `${RECEIVING}, 100 MB`,
    bytes: 100e6,
    bar: 120,
    former: '347 MB',
    prepare: receive,
    check: checkReceived,
  },
  {
    name: 'memory-receive-1000',
    title: `${RECEIVING}, 1 GB`,
    bytes: 1e9,
    bar: 130,
    former: '345 MB',
    prepare: receive,
    check: checkReceived,
  },
].map(memoryScenario);
