import { describeError } from '../../../codecs/node/command.js';
import { type Session, toiOf } from '../../session/session.js';
import type { Channel, ChannelBundle } from '../channel/channel.js';
import type { Multiplex } from '../multiplex/multiplex.js';
import type { UplinkOptions, UplinkStatus } from '../uplink-options.js';
import { createContentWatch } from './content-watch.js';
import { fingerprint } from './fingerprint.js';
import {
  ContentChangedError,
  contentKey,
  type PrepareOptions,
  prepareFlow,
  prepareObject,
  sweep,
} from './prepare.js';

export interface BundleUpdatesOptions {
  readonly uplink: UplinkOptions;
  readonly session: Session;
  readonly multiplex: Multiplex;
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
   * Looks at each bundle, and prepares it when its content has changed and settled. Ends early when the channel is read
   * again.
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

export function createBundleUpdates({
  uplink,
  session,
  multiplex,
  channel,
}: BundleUpdatesOptions): BundleUpdates {
  const { clock, keys, state, objects, onEvent } = uplink;
  const watch = createContentWatch();
  /** Bundles that were on the air. */
  const known = new Set<string>();
  const reported = new Map<string, string>();
  let packing: UplinkStatus['packing'];

  const prepareOptions: PrepareOptions = {
    keys,
    state,
    objects,
    session,
    onEvent,
    now: clock.unix,
    schemes: uplink.schemes,
    shard: uplink.shard,
    memoryLimit: uplink.memoryLimit,
    pack: uplink.pack,
    onPacking: (bundle, done, total) => {
      packing = { bundle, done, total };
    },
  };

  const names = () => channel().bundles.map(({ name }) => name);
  const find = (name: string) => channel().bundles.find((bundle) => bundle.name === name);

  /** TOIs of other bundles: of those on the air, and of those that may come back with their latest edition. */
  function takenBeside(bundle: string): Set<number> {
    const others = names().filter((name) => name !== bundle);
    const records = others.map((name) => state.get(name)).filter((record) => record !== undefined);
    return new Set(records.map(({ sequence }) => toiOf(sequence)));
  }

  async function putOnAir(bundle: ChannelBundle): Promise<void> {
    const { name } = bundle;
    try {
      const { sequence } = await prepareObject(bundle, takenBeside(name), {
        ...prepareOptions,
        sequence: known.has(name) ? undefined : uplink.sequence,
      });
      const current = multiplex.status().find((flow) => flow.name === name);
      if (current?.sequence === sequence) {
        // Content that was touched and not changed stays on the air as it is.
        if (watch.hasSameSettings(bundle)) return;
        await multiplex.remove(name, 'replaced');
      }
      if (find(name) === undefined) return;
      const setup = await prepareFlow(bundle, state.get(name)!, {
        ...prepareOptions,
        memoryLimit: uplink.memoryLimit / channel().bundles.length,
      });
      // The channel may have been read again meanwhile.
      const wanted = find(name);
      if (wanted === undefined) return await setup.release();
      multiplex.put(setup);
      multiplex.change(name, wanted.weight, wanted.rules);
      known.add(name);
      await sweep(objects, names(), state);
    } finally {
      packing = undefined;
    }
  }

  /** Prepares a bundle when its content has changed and settled. */
  async function consider(bundle: ChannelBundle): Promise<void> {
    const { name, rules } = bundle;
    const { expires = Number.POSITIVE_INFINITY } = rules;
    if (clock.unix() >= expires) {
      // Should the clock be set back it is wanted again.
      watch.forget(name);
      const message = `It expired at ${new Date(expires).toISOString()} and is not sent.`;
      if (!known.has(name)) reportOnce(name, message);
      return;
    }
    const now = clock.now();
    let content: string | undefined;
    try {
      content = contentKey(bundle, await fingerprint(bundle.path));
      if (!watch.isDue(bundle, content, now, channel().settle)) return;
      await putOnAir(bundle);
      reported.delete(name);
      if (find(name) !== undefined) watch.done(bundle, content, 'prepared');
    } catch (error) {
      if (find(name) === undefined) return;
      const isOfSystem = typeof (error as NodeJS.ErrnoException).syscall === 'string';
      if (content === undefined || error instanceof ContentChangedError) watch.unsettled(bundle, now);
      else watch.done(bundle, content, 'failed', isOfSystem ? clock.now() + RETRY_INTERVAL : undefined);
      throw error;
    }
  }

  /** A directory that is missing for a week is reported once. */
  function reportOnce(bundle: string, message: string): void {
    if (reported.get(bundle) === message) return;
    reported.set(bundle, message);
    onEvent({ type: 'problem', bundle, message });
  }

  return {
    get packing() {
      return packing;
    },
    tidy: () => sweep(objects, names(), state),
    async look(stop) {
      const looked = channel();
      for (const bundle of looked.bundles) {
        if (stop.aborted || channel() !== looked) return;
        try {
          await consider(bundle);
        } catch (error) {
          if (stop.aborted) return;
          if (!uplink.watch) throw error;
          reportOnce(bundle.name, describeError(error));
        }
      }
    },
    retry: watch.retry,
    forget(name) {
      watch.forget(name);
      known.delete(name);
      reported.delete(name);
    },
  };
}
