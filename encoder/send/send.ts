import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { isWithin } from '../../codecs/node/paths.js';
import { exposedSecrets } from '../keys/exposed-secrets.js';
import { KEY_FILES, loadKeys } from '../keys/keys.js';
import { existingPassword } from '../keys/password.js';
import { signingCrypto } from '../session/signing-crypto.js';
import type { Surroundings } from '../surroundings.js';
import type { Shard } from './carousel/shard.js';
import type { Channel } from './channel/channel.js';
import { createChannelReader } from './channel/channel-reader.js';
import { packInThread } from './content/pack-thread.js';
import { runUplink } from './monitoring/run-uplink.js';
import { channelFrom, channelOf, type SendOptions, withOptions } from './send-options.js';
import { openState } from './state/state.js';
import { lockState } from './state/state-lock.js';
import { systemClock } from './transmit/clock.js';
import { startTransmitThread } from './transmit/transmit-thread.js';
import { createUplink } from './uplink.js';

/**
 * Puts directories on the air until they have been sent or it is told to stop.
 *
 * @throws UsageError, EncodeError, ChannelFileError or an error of the operating system
 */
export async function send(paths: string[], options: SendOptions, surroundings: Surroundings): Promise<void> {
  // SIGHUP must not end the program while there is nothing to reload yet: a password takes seconds.
  process.on('SIGHUP', nothing);
  try {
    await prepareAndSend(paths, options, surroundings);
  } finally {
    process.off('SIGHUP', nothing);
  }
}

const nothing = () => {};

async function prepareAndSend(
  paths: string[],
  options: SendOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { crypto, passwords, interrupted } = surroundings;
  const readChannel = options.channel === undefined ? undefined : createChannelReader(options.channel);
  const channel = withOptions(
    readChannel === undefined ? channelOf(paths, options) : await channelFrom(paths, options, readChannel),
    options,
  );
  const stateDirectory = options.state ?? join(options.keys, 'state');
  await requireOutside(channel, options.keys, stateDirectory);
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const askPassword = () => existingPassword(passwords, join(options.keys, KEY_FILES.publisherSecret));
  const keys = await loadKeys(options.keys, crypto, askPassword, surroundings.now());
  const warnings = await exposedSecrets(options.keys);

  const stop = new AbortController();
  const signal = AbortSignal.any([interrupted, stop.signal]);
  const stateName = stateNameOf(options.shard);
  const unlock = await lockState(join(stateDirectory, `${stateName}.lock`));
  try {
    await runUplink({
      io: surroundings.io,
      log: options.log,
      metricsPort: options.metrics,
      stop: signal,
      duration: options.duration,
      end: () => stop.abort(),
      mtu: channel.link.mtu,
      createUplink: async (onEvent) => {
        for (const message of warnings) onEvent({ type: 'problem', message });
        return createUplink({
          channel,
          keys,
          onEvent,
          shard: options.shard,
          sequence: options.sequence,
          crypto: signingCrypto(),
          readChannel:
            readChannel &&
            (async (force) => {
              const next = await readChannel(force);
              if (next === undefined) return undefined;
              const changed = withOptions(next, options);
              await requireOutside(changed, options.keys, stateDirectory);
              return changed;
            }),
          watch: options.passes === undefined,
          schemes: await loadFecSchemes(),
          clock: systemClock(),
          packer: packInThread(signal),
          state: await openState(stateDirectory, `${stateName}.json`, (message) =>
            onEvent({ type: 'problem', message }),
          ),
          objects: join(stateDirectory, `${stateName}-objects`),
          openTransmitter: startTransmitThread,
        });
      },
    });
  } finally {
    await unlock();
  }
}

/** Each shard has its own state, so that several can run on one machine. */
function stateNameOf({ index, count }: Shard): string {
  return count === 1 ? 'uplink' : `uplink-${index + 1}-of-${count}`;
}

/** @throws UsageError when keys or state stand in a directory that is sent to everybody */
async function requireOutside({ bundles }: Channel, keys: string, state: string): Promise<void> {
  for (const { path } of bundles) {
    // What does not exist yet is reported when it is packed.
    const sent = await realPath(path);
    for (const [what, directory] of [
      ['keys', keys],
      ['state', state],
    ] as const) {
      if (!isWithin(await realPath(directory), sent)) continue;
      throw new UsageError(
        `The ${what} in ${directory} would lie inside ${path}: they would be sent to everybody. Move them.`,
      );
    }
  }
}

/** The path without symbolic links, also of what does not exist yet. */
async function realPath(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(absolute) === absolute) throw error;
    return join(await realPath(dirname(absolute)), basename(absolute));
  }
}
