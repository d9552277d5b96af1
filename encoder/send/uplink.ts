import { describeError } from '../../codecs/cli.js';
import { formatSocketAddress } from '../../codecs/pcap/index.js';
import { ENCODING_ID } from '../blocks.js';
import { packetOverhead } from '../destination.js';
import type { Session } from '../session.js';
import { signMixed, type UplinkKey } from '../sign.js';
import type { Channel, ChannelBundle } from './channel.js';
import { closeSessionDatagrams } from './close-session.js';
import { createContentWatch } from './content-watch.js';
import { fingerprint } from './fingerprint.js';
import { defaultBurst } from './pacer.js';
import {
  ContentChangedError,
  contentKey,
  createProgramme,
  type PrepareOptions,
  prepareObject,
  sweep,
} from './prepare.js';
import { createUplinkSession, type UplinkSession } from './session.js';
import type { TransmitStats, Transmitter } from './transmitter.js';
import type { UplinkOptions, UplinkStatus } from './uplink-options.js';

export interface Uplink {
  /**
   * Sends until all is sent or `stop` aborts, and then ends the session.
   *
   * @throws what a bundle that is not watched, the disk or the transmitter throws
   */
  run(stop: AbortSignal): Promise<TransmitStats>;
  /** Reads the channel again soon. */
  reload(): void;
  status(): UplinkStatus;
}

/** So much airtime waits in the transmitter: longer than any step of the work here takes. */
const QUEUE_MILLISECONDS = 500;
const LEAST_QUEUED_PACKETS = 2;

/** Puts the bundles of a channel on the air and keeps them up to date. */
export function createUplink(options: UplinkOptions): Uplink {
  const { clock, crypto, keys, state, objects, onEvent } = options;
  let { channel } = options;
  const { link } = channel;
  const { tsi } = keys.certificate;
  const { mtu, authDepth } = link;
  const session: Session = { tsi, authDepth, mtu, packetOverhead: packetOverhead(link.destination) };
  const key: UplinkKey = { seed: keys.uplinkSeed, tsi, depth: authDepth };
  let transmitter: Transmitter | undefined;
  let packing: UplinkStatus['packing'];
  let isReloadForced = false;
  let wakeUp = new AbortController();
  const watch = createContentWatch();
  /** Bundles that were on the air. */
  const known = new Set<string>();

  const air: UplinkSession = createUplinkSession({
    ...{ clock, crypto, key, session, onEvent, rate: channel.rate, tableInterval: channel.tableInterval },
    onIdle: () => transmitter?.restart(),
  });

  const prepareOptions: PrepareOptions = {
    ...{ keys, state, objects, session, onEvent, now: clock.unix },
    ...{
      schemes: options.schemes,
      shard: options.shard,
      memoryLimit: options.memoryLimit,
      pack: options.pack,
    },
    onPacking: (bundle, done, total) => {
      packing = { bundle, done, total };
    },
  };

  async function putOnAir(bundle: ChannelBundle): Promise<void> {
    const taken = new Set<number>();
    for (const { name, toi } of air.status()) if (name !== bundle.name) taken.add(toi);
    try {
      const { sequence } = await prepareObject(bundle, taken, {
        ...prepareOptions,
        sequence: known.has(bundle.name) ? undefined : options.sequence,
      });
      const current = air.status().find(({ name }) => name === bundle.name);
      if (current?.sequence === sequence) {
        // Content that was touched and not changed stays on the air as it is.
        if (watch.hasSameSettings(bundle)) return;
        await air.remove(bundle.name, 'replaced');
      }
      air.put(
        await createProgramme(bundle, state.get(bundle.name)!, {
          ...prepareOptions,
          memoryLimit: options.memoryLimit / channel.bundles.length,
        }),
      );
      known.add(bundle.name);
      await sweep(
        objects,
        channel.bundles.map(({ name }) => name),
        state,
      );
    } finally {
      packing = undefined;
    }
  }

  /** Prepares a bundle when its content has changed and settled. */
  async function consider(bundle: ChannelBundle): Promise<void> {
    const now = clock.unix();
    if (now >= (bundle.rules.expires ?? Number.POSITIVE_INFINITY)) return;
    let content: string | undefined;
    try {
      content = contentKey(bundle, await fingerprint(bundle.path));
      if (!watch.isDue(bundle, content, now, channel.settle)) return;
      await putOnAir(bundle);
      reported.delete(bundle.name);
      watch.done(bundle, content, 'prepared');
    } catch (error) {
      if (content === undefined || error instanceof ContentChangedError) watch.unsettled(bundle, now);
      else watch.done(bundle, content, 'failed');
      throw error;
    }
  }

  async function considerAll(stop: AbortSignal): Promise<void> {
    for (const bundle of channel.bundles) {
      if (stop.aborted) return;
      try {
        await consider(bundle);
      } catch (error) {
        if (stop.aborted) return;
        if (!options.watch) throw error;
        reportOnce(bundle.name, describeError(error));
      }
    }
  }

  const reported = new Map<string, string>();
  /** A directory that is missing for a week is reported once. */
  function reportOnce(bundle: string, message: string): void {
    if (reported.get(bundle) === message) return;
    reported.set(bundle, message);
    onEvent({ type: 'problem', bundle, message });
  }

  function apply(next: Channel): void {
    if (JSON.stringify(next.link) !== JSON.stringify(link)) {
      const message =
        'dest, iface, ttl, mtu, auth-depth and burst of the channel file count from the next start on.';
      onEvent({ type: 'problem', message });
    }
    const names = new Set(next.bundles.map(({ name }) => name));
    for (const { name } of channel.bundles) {
      if (names.has(name)) continue;
      void air.remove(name, 'removed');
      watch.forget(name);
      known.delete(name);
    }
    for (const { name, weight, rules } of next.bundles) air.change(name, weight, rules);
    if (next.rate !== channel.rate) transmitter!.setRate(next.rate);
    air.configure({ rate: next.rate, tableInterval: next.tableInterval });
    channel = { ...next, link };
    onEvent({ type: 'reloaded', bundles: next.bundles.length });
  }

  async function reload(force: boolean): Promise<void> {
    try {
      const next = await options.readChannel?.(force);
      reported.delete('');
      if (next !== undefined) apply(next);
    } catch (error) {
      const message = `${describeError(error)} The channel goes on as it was.`;
      if (reported.get('') !== message || force) onEvent({ type: 'problem', message });
      reported.set('', message);
    }
  }

  /** Prepares bundles, again and again when they are watched. */
  async function maintain(stop: AbortSignal): Promise<void> {
    await considerAll(stop);
    if (!options.watch) return air.finish();
    while (!stop.aborted) {
      await clock.until(clock.now() + channel.watchInterval, wakeUp.signal);
      if (stop.aborted) return;
      const isForced = isReloadForced;
      if (isForced) {
        isReloadForced = false;
        wakeUp = new AbortController();
        watch.retry();
      }
      await reload(isForced);
      await considerAll(stop);
    }
  }

  async function transmit(to: Transmitter, stop: AbortSignal): Promise<void> {
    const discard = () => to.discard();
    stop.addEventListener('abort', discard);
    try {
      for await (const batch of air.batches(stop)) await to.send(batch);
      await to.drain();
    } finally {
      stop.removeEventListener('abort', discard);
    }
    const closing = closeSessionDatagrams(session, ENCODING_ID.raptorq);
    await signMixed(crypto, key, closing);
    await to.send(closing.map(({ datagram }) => datagram));
    await to.drain();
  }

  return {
    async run(stop) {
      const { rate } = channel;
      const to = await options.openTransmitter({
        ...{ destination: link.destination, iface: link.iface, ttl: link.ttl, rate },
        burst: link.burst ?? defaultBurst(rate, mtu),
        queueBytes: Math.max(LEAST_QUEUED_PACKETS * mtu, (rate * QUEUE_MILLISECONDS) / 8000),
        onRefused: (message) =>
          onEvent({ type: 'problem', message: `The system refuses datagrams: ${message}. They are lost.` }),
      });
      transmitter = to;
      onEvent({ type: 'started', destination: formatSocketAddress(link.destination), rate, tsi });
      const failed = new AbortController();
      const ends = AbortSignal.any([stop, failed.signal]);
      ends.addEventListener('abort', () => wakeUp.abort());
      const maintaining = maintain(ends).catch((error: unknown) => {
        failed.abort(error);
      });
      try {
        await transmit(to, ends);
      } finally {
        // A run that ends by itself has nothing left to maintain.
        failed.abort();
        await maintaining;
        await to.close();
        await air.close();
      }
      const stats = to.stats();
      onEvent({ type: 'stopped', datagrams: stats.datagrams, bytes: stats.bytes, errors: stats.errors });
      if (failed.signal.reason instanceof Error && !isAbort(failed.signal.reason)) throw failed.signal.reason;
      return stats;
    },
    reload() {
      isReloadForced = true;
      wakeUp.abort();
    },
    status: () => ({
      ...{ rate: channel.rate, flows: air.status(), tables: air.tables, packing },
      stats: transmitter?.stats() ?? NOTHING_SENT,
      queued: transmitter?.queued ?? 0,
    }),
  };
}

const NOTHING_SENT: TransmitStats = { datagrams: 0, bytes: 0, errors: 0, lostTime: 0, lateness: 0 };

const isAbort = ({ name }: Error) => name === 'AbortError';
