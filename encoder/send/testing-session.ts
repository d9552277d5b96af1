/** Sessions made for tests, in time of their own; their signatures are not looked at. */

import { join } from 'node:path';
import { parseAlc } from '../../codecs/alc/index.js';
import { fromHex } from '../../codecs/bytes.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import type { Keys } from '../keys/keys.js';
import { toiOf } from '../session/session.js';
import { createAirObjects } from './carousel/air-object.js';
import type { ChannelBundle } from './channel/channel.js';
import { flowSettings } from './content/bundle-updates.js';
import { packHere } from './content/pack.js';
import { type PrepareOptions, prepareEdition } from './content/prepare.js';
import type { UplinkEvent } from './monitoring/events.js';
import type { EditionToSend } from './multiplex/flow.js';
import { createMultiplex, type Multiplex } from './multiplex/multiplex.js';
import { createReservations } from './state/reservations.js';
import { openState } from './state/state.js';
import { type TestClock, testClock } from './testing.js';

/** Bytes of IP and UDP headers. */
const OVERHEAD = 28;

export interface TestSession {
  readonly clock: TestClock;
  readonly multiplex: Multiplex;
  readonly events: UplinkEvent[];
  /**
   * Prepares the content of a bundle as it is now and puts it on the air.
   *
   * @param between done when the parts are on the air and the edition is not
   * @returns TOIs of its parts and of its index, and what they are
   */
  put(
    changes: Partial<ChannelBundle> & Pick<ChannelBundle, 'name' | 'path'>,
    between?: () => Promise<void>,
  ): Promise<{ parts: number[]; index: number; edition: EditionToSend }>;
}

/** @param directory of the state, which is made */
export async function testSession(
  directory: string,
  { keys, schemes, rate }: { keys: Keys; schemes: FecSchemes; rate: number },
  listen: (event: UplinkEvent) => void = () => {},
): Promise<TestSession> {
  const clock = testClock();
  const events: UplinkEvent[] = [];
  const { tsi, notAfter } = keys.certificate;
  const session = { tsi, authDepth: 0, mtu: 1500, packetOverhead: OVERHEAD };
  const crypto = { ...nodeCrypto, ed25519Sign: () => new Uint8Array(64) };
  const onEvent = (event: UplinkEvent) => {
    events.push(event);
    listen(event);
  };
  const state = await openState(directory, 'uplink.json');
  const objects = join(directory, 'objects');
  const shard = { index: 0, count: 1 };
  const reservations = createReservations(state.reserve, (error) => {
    throw error;
  });
  const multiplex = createMultiplex({
    clock,
    key: { seed: keys.uplinkSeed, tsi, depth: 0 },
    session,
    rate,
    tableInterval: 2000,
    onEvent,
    reservations,
    air: createAirObjects({ session, schemes, shard, directory: objects, reservations, turnOf: state.turn }),
    tables: {
      successions: undefined,
      ...session,
      crypto,
      notAfter,
      fec: 'raptorq',
      scheme: schemes.get(6)!,
      fluteVersion: 2,
      certificate: keys.certificateBytes,
    },
  });
  const verified = new Set<string>();
  return {
    clock,
    multiplex,
    events,
    async put(changes, between = async () => {}) {
      const bundle: ChannelBundle = {
        weight: 1,
        level: 3,
        rules: {},
        order: 'mixed',
        frontInterval: 30_000,
        repair: { kind: 'fraction', fraction: 0.1 },
        ...changes,
      };
      const { name, repair } = bundle;
      const setup = { name, repair, settings: flowSettings(bundle) };
      const options: PrepareOptions = {
        publisher: keys.publisher,
        packer: packHere(),
        now: clock.unix,
        state,
        objects,
        shard,
        verified,
        onEvent,
        onPacking: () => {},
        onPart: (part, count) => multiplex.add(setup, part, count),
      };
      const edition = await prepareEdition(bundle, options);
      await between();
      multiplex.put(setup, edition);
      const toi = ({ sha256 }: { sha256: string }) => toiOf(fromHex(sha256));
      return { parts: edition.parts.map(toi), index: toi(edition.index), edition };
    },
  };
}

/** Takes datagrams as a link of the rate would: with bytes of IP packets, and the time at which each leaves. */
export async function* sent({ clock, multiplex }: TestSession, rate: number, schemes: FecSchemes) {
  const stop = new AbortController();
  const batches = multiplex.batches(stop.signal);
  try {
    for (;;) {
      const next = batches.next();
      let taken = false;
      void next.finally(() => {
        taken = true;
      });
      // Time goes by when nothing is due, but not while a disk is waited for.
      while (!taken) await clock.advance(clock.sleepers > 0 ? 10 : 0);
      const { value, done } = await next;
      if (done) return;
      for (const { datagram } of value) {
        const bytes = datagram.length + OVERHEAD;
        yield { time: clock.now(), bytes, packet: parseAlc(datagram, schemes) };
        await clock.advance((8000 * bytes) / rate);
      }
    }
  } finally {
    stop.abort();
  }
}
