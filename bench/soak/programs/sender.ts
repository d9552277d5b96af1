import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ChildProgram } from '../child-program.js';
import type { SoakBundle } from '../content.js';
import type { SoakContext } from '../context.js';
import type { OnAir } from '../edition-records.js';

export interface SenderOptions {
  readonly destination: string;
  /** Bits per second. */
  readonly rate: number;
  /** The datagrams go as a television service, whose rate it is. */
  readonly transportStream: boolean;
  readonly bundles: readonly SoakBundle[];
  contentOf(bundle: SoakBundle): string;
}

/** Repair of a pass for so many percent of loss. */
const EXPECTED_LOSS = 30;

/** An uplink with a channel file; not yet started. */
export function createSender(context: SoakContext, options: SenderOptions): ChildProgram {
  const { work, records, now, problem } = context;
  const { destination, rate, transportStream, bundles, contentOf } = options;
  const channelFile = join(work, 'channel.yaml');
  const channel = {
    ...(transportStream
      ? { ts: { to: `udp://${destination}`, rate, service: 'tv' } }
      : { dest: destination, rate }),
    watch: '500ms',
    settle: '1s',
    bundles: bundles.map((bundle) => {
      const { name, weight } = bundle;
      return { name, path: contentOf(bundle), weight, 'expect-loss': EXPECTED_LOSS };
    }),
  };
  writeFileSync(channelFile, stringify(channel));
  return context.addChild({
    name: 'sender',
    program: 'datacast',
    args: () => [
      ...['send', '--channel', channelFile, '--keys', join(work, 'keys')],
      ...['--state', join(work, 'state-sender'), '--log', 'json'],
    ],
    onEvent(event) {
      if (event.type === 'edition') {
        records.onAir(String(event.bundle), event as unknown as OnAir, now());
      } else if (event.type === 'problem') {
        problem('sender', String(event.message));
      }
    },
  });
}
