import { stat } from 'node:fs/promises';
import { isDiskFull } from '../../../codecs/disk-full.js';
import { describeError } from '../../../codecs/node/command.js';
import { EncodeError } from '../../error.js';
import { isSignedEdition } from '../../signed/signed-edition.js';
import type { Channel, ChannelBundle } from '../channel/channel.js';
import type { Problems } from '../monitoring/problems.js';
import type { EditionToSend, FlowSettings, FlowSetup } from '../multiplex/flow.js';
import type { Multiplex } from '../multiplex/multiplex.js';
import type { UplinkOptions, UplinkStatus } from '../uplink-options.js';
import { ContentChangedError } from './content-changed.js';
import { createContentWatch } from './content-watch.js';
import { fingerprint } from './fingerprint.js';
import { sweep } from './object-directory.js';
import { contentKey, type PrepareOptions, prepareEdition, unlessFull } from './prepare.js';
import { prepareSigned } from './prepare-signed.js';
import { describeUnsigned } from './require-content.js';

export interface BundleUpdatesOptions {
  readonly uplink: UplinkOptions;
  readonly multiplex: Multiplex;
  readonly problems: Problems;
  /** The channel as it is now: another object when it was read again. */
  channel(): Channel;
}

/** Keeps the bundles on the air in step with their content. */
export interface BundleUpdates {
  /** What is being packed. */
  readonly packing: UplinkStatus['packing'];
  /** Removes what a run that was killed has left. */
  tidy(): Promise<void>;
  /**
   * Looks at each bundle, and prepares those whose content has changed and settled, small ones first. Ends early when
   * the channel is read again.
   *
   * @throws what a bundle that is not watched throws
   */
  look(stop: AbortSignal): Promise<void>;
  /** What has failed is tried again. */
  retry(): void;
  /** The bundle is no longer in the channel. */
  forget(name: string): void;
}

/** Milliseconds after which what the operating system has refused is tried again: a full disk, a file that may not be read. */
const RETRY_INTERVAL = 300_000;

/** A bundle whose content is to be prepared. */
interface DueBundle {
  readonly bundle: ChannelBundle;
  /** Names the state of its content. */
  readonly content: string;
  readonly bytes: number;
}

const causeOf = (bundle: string) => `bundle ${bundle}`;

/** What of a bundle may change while it is on the air. */
export function flowSettings({
  weight,
  rules,
  order,
  frontInterval,
  programme,
}: ChannelBundle): FlowSettings {
  return { weight, rules, order, frontInterval, programme };
}

export function createBundleUpdates({
  uplink,
  multiplex,
  problems,
  channel,
}: BundleUpdatesOptions): BundleUpdates {
  const { clock, keys, state, objects, onEvent } = uplink;
  const watch = createContentWatch();
  /** Bundles that were on the air. */
  const known = new Set<string>();
  const verified = new Set<string>();
  let packing: UplinkStatus['packing'];

  const find = (name: string) => channel().bundles.find((bundle) => bundle.name === name);

  async function putOnAir(bundle: ChannelBundle): Promise<void> {
    const { name, repair } = bundle;
    const setup = (): FlowSetup => ({ name, repair, settings: flowSettings(find(name) ?? bundle) });
    const onAir = () => multiplex.status().find((flow) => flow.name === name);
    // With other repair its passes are others: it begins again, after what was sent already.
    const beginsAgain = onAir() !== undefined && !watch.hasSameSettings(bundle);
    try {
      const edition = await prepare(bundle, (part, objects) => {
        if (find(name) !== undefined && !beginsAgain) multiplex.add(setup(), part, objects);
      });
      // The channel may have been read again meanwhile.
      if (find(name) === undefined) return await multiplex.remove(name, 'removed');
      if (beginsAgain) await multiplex.remove(name, 'replaced');
      // Content that was touched and not changed stays on the air as it is.
      if (onAir()?.sequence !== edition.sequence) multiplex.put(setup(), edition);
      known.add(name);
      await tidy();
    } catch (error) {
      multiplex.drop(name);
      // the next try has the room of what nobody needs
      if (isDiskFull(error)) await tidy();
      throw error;
    } finally {
      packing = undefined;
    }
  }

  /** A signed edition is taken as it is; other content is packed and signed here. */
  async function prepare(bundle: ChannelBundle, onPart: PrepareOptions['onPart']): Promise<EditionToSend> {
    const onPacking = (name: string, done: number, total: number) => {
      packing = { bundle: name, done, total };
    };
    const { publisherKey, publisher, nextKey } = keys;
    if (await isSignedEdition(bundle.path)) {
      return prepareSigned(bundle, { publisherKey, state, objects, verified, onPacking });
    }
    if (publisher === undefined) {
      // what is not there is no content yet
      await stat(bundle.path);
      throw new EncodeError(describeUnsigned(bundle.path));
    }
    return prepareEdition(bundle, {
      state,
      objects,
      verified,
      onEvent,
      now: clock.unix,
      shard: uplink.shard,
      packer: uplink.packer,
      publisher,
      nextKey,
      sequence: known.has(bundle.name) ? undefined : uplink.sequence,
      onPacking,
      onPart,
    });
  }

  /** Objects are kept that editions of the channel have, or will have. */
  async function tidy(): Promise<void> {
    for (const name of state.names()) {
      const record = state.get(name)!;
      // Of a bundle that is gone the sequence number is kept.
      if (find(name) === undefined && record.packed.length > 0)
        await state.set(name, { ...record, packed: [] }).catch(unlessFull);
    }
    const needed = state.needed((name) => find(name) !== undefined);
    await sweep(objects, (sha256) => needed.has(sha256) || multiplex.isOnAir(sha256));
  }

  /** A bundle that is to be prepared now. @throws what a look at its content throws */
  async function dueBundle(bundle: ChannelBundle): Promise<DueBundle | undefined> {
    const { name, rules } = bundle;
    const { expires = Number.POSITIVE_INFINITY } = rules;
    if (clock.unix() >= expires) {
      // Should the clock be set back it is wanted again.
      watch.forget(name);
      const message = `It expired at ${new Date(expires).toISOString()} and is not sent.`;
      if (!known.has(name)) raise(name, message);
      return undefined;
    }
    try {
      const found = await fingerprint(bundle.path, bundle);
      const content = contentKey(bundle, found);
      const isDue = watch.isDue(bundle, content, clock.now(), channel().settle);
      return isDue ? { bundle, content, bytes: found.bytes } : undefined;
    } catch (error) {
      watch.unsettled(bundle, clock.now());
      throw error;
    }
  }

  async function prepareDue({ bundle, content }: DueBundle): Promise<void> {
    const { name } = bundle;
    try {
      await putOnAir(bundle);
      problems.mend(causeOf(name));
      if (find(name) !== undefined) watch.done(bundle, content, 'prepared');
    } catch (error) {
      if (find(name) === undefined) return;
      const isOfSystem = typeof (error as NodeJS.ErrnoException).syscall === 'string';
      if (error instanceof ContentChangedError) watch.unsettled(bundle, clock.now());
      else watch.done(bundle, content, 'failed', isOfSystem ? clock.now() + RETRY_INTERVAL : undefined);
      throw error;
    }
  }

  const raise = (bundle: string, message: string) => problems.raise(causeOf(bundle), message, { bundle });

  /** Other bundles go on when one fails, unless that is all there is to do. */
  async function attempt<T>(name: string, stop: AbortSignal, task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      if (stop.aborted) return undefined;
      if (!uplink.watch) throw error;
      raise(name, describeError(error));
      return undefined;
    }
  }

  return {
    get packing() {
      return packing;
    },
    tidy,
    async look(stop) {
      const looked = channel();
      const isOver = () => stop.aborted || channel() !== looked;
      const due: DueBundle[] = [];
      for (const bundle of looked.bundles) {
        if (isOver()) return;
        const found = await attempt(bundle.name, stop, () => dueBundle(bundle));
        if (found !== undefined) due.push(found);
      }
      for (const each of due.sort((a, b) => a.bytes - b.bytes)) {
        if (isOver()) return;
        await attempt(each.bundle.name, stop, () => prepareDue(each));
      }
    },
    retry: watch.retry,
    forget(name) {
      watch.forget(name);
      known.delete(name);
      problems.drop(causeOf(name));
    },
  };
}
