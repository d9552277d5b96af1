import { describeError } from '../../codecs/node/command.js';
import type { UplinkKeys } from '../keys/keys.js';
import { ENCODING_ID } from '../session/blocks.js';
import type { Session } from '../session/session.js';
import { signMixed } from '../session/sign.js';
import { createAirObjects } from './carousel/air-object.js';
import { createCertificateWatch } from './certificate-watch.js';
import type { Channel } from './channel/channel.js';
import {
  destinationTexts,
  linkOverhead,
  liveStream,
  rateOfChannel,
  requireProgrammes,
} from './channel/link.js';
import { createBundleUpdates, flowSettings } from './content/bundle-updates.js';
import { missingSuccessions } from './missing-successions.js';
import { describeLostInterface, watchLink } from './monitoring/link-watch.js';
import { createProblems } from './monitoring/problems.js';
import { closeSessionDatagrams } from './multiplex/close-session.js';
import { type CertifiedKey, createMultiplex, type Multiplex } from './multiplex/multiplex.js';
import { uplinkTables } from './multiplex/table-options.js';
import { createReservations } from './state/reservations.js';
import { watchUnsaved } from './state/unsaved.js';
import { defaultBurst } from './transmit/pacer.js';
import { NOTHING_SENT, type TransmitStats, type Transmitter } from './transmit/transmitter.js';
import { createWakeUp, type WakeUp } from './transmit/wake-up.js';
import type { UplinkOptions, UplinkStatus } from './uplink-options.js';

export interface Uplink {
  /**
   * Sends until all is sent or `stop` aborts, and then ends the session.
   *
   * @throws what a bundle that is not watched, the disk or the transmitter throws
   */
  run(stop: AbortSignal): Promise<TransmitStats>;
  /** Reads the channel and the certificate again soon. */
  reload(): void;
  status(): UplinkStatus;
}

/** So much airtime waits in the transmitter: longer than any step of the work here takes. */
const QUEUE_MILLISECONDS = 500;
const LEAST_QUEUED_PACKETS = 2;
/** What waits is dropped when a lower rate would make it last longer than this. */
const LONGEST_QUEUE_MILLISECONDS = 5000;

const LINK_IS_FIXED =
  'Changes of dest, ts, names and slates of programmes, iface, ttl, mtu, auth-depth and burst in the channel file take effect at the next start.';

/** Puts the bundles of a channel on the air and keeps them up to date. */
export function createUplink(options: UplinkOptions): Uplink {
  const { clock, crypto, onEvent } = options;
  let { channel } = options;
  const { link } = channel;
  const { tsi } = options.keys.certificate;
  const { mtu, authDepth } = link;
  const packetOverhead = linkOverhead(link);
  const session: Session = { tsi, authDepth, mtu, packetOverhead };
  const rateOf = (of: Channel) => rateOfChannel(of, options.stream, session);
  let rate = rateOf(channel);
  const certified = (keys: UplinkKeys): CertifiedKey => ({
    key: { seed: keys.uplinkSeed, tsi, depth: authDepth },
    tables: uplinkTables(session, keys, crypto, options.schemes),
  });
  let transmitter: Transmitter | undefined;
  let interfaceReturns = 0;
  const toRead = createWakeUp();
  const toLook = createWakeUp();

  const { state } = options;
  const problems = createProblems(onEvent, clock.unix);
  const unsaved = watchUnsaved(problems);
  const reservations = createReservations(state.reserve, unsaved.note, unsaved.saved);
  const air = createAirObjects({
    session,
    reservations,
    schemes: options.schemes,
    shard: options.shard,
    directory: options.objects,
    turnOf: state.turn,
  });
  const multiplex: Multiplex = createMultiplex({
    ...certified(options.keys),
    clock,
    session,
    air,
    reservations,
    onEvent,
    rate,
    tableInterval: channel.tableInterval,
    onIdle: () => transmitter?.restart(),
  });

  const certificate = createCertificateWatch({
    keys: options.keys,
    readKeys: options.readKeys,
    clock,
    onEvent,
    problems,
    onTaken(keys) {
      multiplex.certify(certified(keys));
      if (keys.successions.length > 0) problems.mend('successions');
    },
  });
  const updates = createBundleUpdates({ uplink: options, multiplex, problems, channel: () => channel });

  function apply(next: Channel): void {
    requireProgrammes(next, link);
    const nextRate = rateOf({ ...next, link });
    if (JSON.stringify(next.link) === JSON.stringify(link)) problems.mend('link');
    else problems.raise('link', LINK_IS_FIXED, { again: true });
    const names = new Set(next.bundles.map(({ name }) => name));
    for (const { name } of channel.bundles) {
      if (names.has(name)) continue;
      // A failure is thrown when the session is closed.
      multiplex.remove(name, 'removed').catch(() => {});
      updates.forget(name);
    }
    for (const bundle of next.bundles) multiplex.change(bundle.name, flowSettings(bundle));
    if (nextRate !== rate) changeRate(nextRate);
    multiplex.configure({ rate, tableInterval: next.tableInterval });
    channel = { ...next, link };
    onEvent({ type: 'reloaded', bundles: next.bundles.length });
    toLook.trigger();
  }

  const pace = () => ({
    rate,
    burst: link.burst ?? defaultBurst(rate, mtu),
    queueBytes: Math.max(LEAST_QUEUED_PACKETS * mtu, (rate * QUEUE_MILLISECONDS) / 8000),
  });

  function changeRate(next: number): void {
    const to = transmitter!;
    rate = next;
    to.setPace(pace());
    if ((8000 * to.queued) / rate > LONGEST_QUEUE_MILLISECONDS) to.discard();
  }

  async function reload(force: boolean): Promise<void> {
    try {
      const next = await options.readChannel?.(force);
      if (next !== undefined) problems.mend('channel');
      if (next !== undefined) apply(next);
    } catch (error) {
      const message = `${describeError(error)} The channel goes on unchanged.`;
      problems.raise('channel', message, { again: force });
    }
  }

  function onInterface(isThere: boolean, to: string): void {
    const cause = `interface ${to}`;
    // it may have been away for less than a look takes
    problems.raise(cause, describeLostInterface(link.iface, to));
    if (!isThere) return;
    interfaceReturns++;
    problems.mend(cause);
  }

  /** Prepares bundles, again and again when they are watched. */
  async function maintain(stop: AbortSignal): Promise<void> {
    await updates.tidy();
    if (options.watch) await Promise.all([followChannel(stop), followContent(stop)]);
    else {
      await updates.look(stop);
      multiplex.finish();
    }
  }

  /** Reads the channel again and again, also while a bundle is packed for hours. */
  async function followChannel(stop: AbortSignal): Promise<void> {
    while (await pause(toRead, stop)) {
      const isForced = toRead.reset();
      if (isForced) updates.retry();
      await reload(isForced);
      if (isForced) toLook.trigger();
    }
  }

  async function followContent(stop: AbortSignal): Promise<void> {
    do {
      toLook.reset();
      await updates.look(stop);
    } while (await pause(toLook, stop));
  }

  /** Waits for the next look. @returns false when it is the end */
  async function pause(wakeUp: WakeUp, stop: AbortSignal): Promise<boolean> {
    if (!stop.aborted) await clock.until(clock.now() + channel.watchInterval, wakeUp.signal);
    return !stop.aborted;
  }

  async function transmit(to: Transmitter, stop: AbortSignal): Promise<void> {
    const discard = () => to.discard();
    stop.addEventListener('abort', discard);
    try {
      for await (const batch of multiplex.batches(stop)) await to.send(batch);
      await to.drain();
    } finally {
      stop.removeEventListener('abort', discard);
    }
    const closing = closeSessionDatagrams(session, ENCODING_ID.raptorq);
    await signMixed(crypto, certified(certificate.keys).key, closing);
    await to.send(closing);
    await to.drain();
  }

  return {
    async run(stop) {
      const to = await options.openTransmitter({
        destinations: link.destinations,
        stream: liveStream(link, options.stream, state.endOfStream),
        packetOverhead,
        iface: link.iface,
        ttl: link.ttl,
        ...pace(),
        onRefused: (message, to) => problems.raise(`refused ${to}`, message),
        onTaken: (to) => problems.mend(`refused ${to}`),
        onInterface,
      });
      transmitter = to;
      const missing = missingSuccessions(state, options.keys);
      if (missing !== undefined) problems.raise('successions', missing);
      onEvent({ type: 'started', destinations: destinationTexts(link), rate, tsi });
      const failed = new AbortController();
      const ends = AbortSignal.any([stop, failed.signal]);
      ends.addEventListener('abort', () => {
        toRead.trigger();
        toLook.trigger();
      });
      const maintaining = maintain(ends).catch((error: unknown) => {
        failed.abort(error);
      });
      const watching = Promise.all([
        certificate.run(ends),
        watchLink({ link, clock, problems, onEvent }, ends),
      ]);
      try {
        await transmit(to, ends);
      } finally {
        // A run that ends by itself has nothing left to maintain.
        failed.abort();
        await maintaining;
        await watching;
        await to.close();
        await multiplex.close();
        const end = to.endOfStream();
        if (end !== undefined) await state.setEndOfStream(end).catch(unsaved.note);
      }
      const stats = to.stats();
      onEvent({ type: 'stopped', datagrams: stats.datagrams, bytes: stats.bytes, errors: stats.errors });
      if (failed.signal.reason instanceof Error && !isAbort(failed.signal.reason)) throw failed.signal.reason;
      return stats;
    },
    reload() {
      toRead.trigger();
      certificate.reload();
    },
    status: () => ({
      destinations: destinationTexts(link),
      tsi,
      rate,
      flows: multiplex.status(),
      tables: multiplex.tables,
      packing: updates.packing,
      certificateEnd: certificate.keys.certificate.notAfter,
      interfaceReturns,
      problems: problems.standing,
      unsaved: unsaved.count,
      stats: transmitter?.stats() ?? NOTHING_SENT,
      queued: transmitter?.queued ?? 0,
    }),
  };
}

const isAbort = ({ name }: Error) => name === 'AbortError';
