import { mkdir, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { UsageError } from '../../codecs/node/command.js';
import { isWithin } from '../../codecs/node/paths.js';
import { bundleName } from '../content/walk.js';
import { exposedSecrets } from '../keys/exposed-secrets.js';
import {
  hasPublisher,
  KEY_AT_HAND,
  KEY_FILES,
  loadPublisher,
  loadUplinkKeys,
  type UplinkKeys,
} from '../keys/keys.js';
import { existingPassword } from '../keys/password.js';
import { signingCrypto } from '../session/signing-crypto.js';
import { isSignedEdition, readSignedEdition } from '../signed/signed-edition.js';
import type { Surroundings } from '../surroundings.js';
import { makeService } from '../transport-stream/options.js';
import type { Shard } from './carousel/shard.js';
import type { Channel } from './channel/channel.js';
import { createChannelReader } from './channel/channel-reader.js';
import { linkOverhead, rateOfChannel } from './channel/link.js';
import { packInThread } from './content/pack-thread.js';
import { requireContent } from './content/require-content.js';
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
    readChannel === undefined
      ? await channelOf(paths, options, (path) => nameOf(path, options, surroundings))
      : await channelFrom(paths, options, readChannel),
    options,
  );
  const stateDirectory = options.state ?? join(options.keys, 'state');
  await requireOutside(channel, options.keys, stateDirectory);
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const { mtu, stream: streamLink } = channel.link;
  // an impossible one is refused before anything is packed
  const stream = streamLink && {
    ...(await makeService(streamLink, mtu)),
    tsRate: streamLink.tsRate,
  };
  rateOfChannel(channel, stream, { mtu, packetOverhead: linkOverhead(channel.link) });
  const askPassword = () =>
    existingPassword(
      { ...passwords, descriptor: options.passwordFd },
      join(options.keys, KEY_FILES.publisherSecret),
    );
  const uplink = await loadUplinkKeys(options.keys, crypto, surroundings.now());
  const publisher = (await isSigningHere(channel, options))
    ? await loadPublisher(options.keys, crypto, askPassword)
    : undefined;
  const keys: UplinkKeys = { ...uplink, publisher };
  await requireContent(channel.bundles, { keys, crypto, now: surroundings.now() });
  const warnings = await exposedSecrets(options.keys);
  const isAtHand = await hasPublisher(options.keys);

  const stop = new AbortController();
  const signal = AbortSignal.any([interrupted, stop.signal]);
  const stateName = stateNameOf(options.shard);
  const unlock = await lockState(join(stateDirectory, `${stateName}.lock`));
  try {
    await runUplink({
      io: surroundings.io,
      log: options.log,
      metrics: options.metrics,
      statusPage: options.status,
      stop: signal,
      duration: options.duration,
      end: () => stop.abort(),
      mtu,
      createUplink: async (onEvent) => {
        // not before an error that keeps it from starting
        const tellOfKeys = () => {
          for (const message of warnings) onEvent({ type: 'problem', message });
          if (isAtHand) onEvent({ type: 'notice', message: KEY_AT_HAND });
        };
        return createUplink({
          channel,
          keys,
          readKeys: async () => ({
            ...(await loadUplinkKeys(options.keys, crypto, surroundings.now())),
            publisher,
          }),
          onEvent(event) {
            onEvent(event);
            if (event.type === 'started') tellOfKeys();
          },
          shard: options.shard,
          stream,
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

/** What receivers call what stands at a path. @throws UsageError, EncodeError */
async function nameOf(path: string, options: SendOptions, { crypto, now }: Surroundings): Promise<string> {
  if (!(await isSignedEdition(path))) return bundleName(path);
  const { sequence, first, level, exclude, followLinks } = options;
  if ([sequence, first, level, exclude, followLinks].some((choice) => choice !== undefined)) {
    throw new UsageError(
      `${path} is signed already: leave --sequence, --first, --level, --exclude and --follow-links out.`,
    );
  }
  const { publisherKey } = await loadUplinkKeys(options.keys, crypto, now());
  return (await readSignedEdition(path, publisherKey, crypto)).index.name;
}

/** The publisher's key is read for content that nobody has signed, where it lies among the keys. */
async function isSigningHere({ bundles }: Channel, { keys, channel }: SendOptions): Promise<boolean> {
  const signed = await Promise.all(bundles.map(({ path }) => isSignedEdition(path)));
  if (signed.every(Boolean)) return false;
  // the directories of a channel file may be waiting for signed editions
  return channel === undefined || (await hasPublisher(keys));
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
