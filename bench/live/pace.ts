import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { createKeys, loadKeys } from '../../encoder/keys/keys.js';
import { CHANNEL_DEFAULTS } from '../../encoder/send/channel/channel.js';
import { packInThread } from '../../encoder/send/content/pack-thread.js';
import { openState } from '../../encoder/send/state/state.js';
import { systemClock } from '../../encoder/send/transmit/clock.js';
import { defaultBurst } from '../../encoder/send/transmit/pacer.js';
import { startTransmitThread } from '../../encoder/send/transmit/transmit-thread.js';
import { createUplink } from '../../encoder/send/uplink.js';
import { signingCrypto } from '../../encoder/session/signing-crypto.js';
import { type Departure, type PaceError, paceError } from './pace-error.js';

export interface PaceCase {
  /** Bits per second. */
  readonly rate: number;
  /** Seconds to send for. */
  readonly seconds: number;
  /** 0..7. */
  readonly authDepth: number;
  /** Directory to send. */
  readonly content: string;
}

export interface PaceResult extends PaceError {
  readonly rate: number;
  readonly datagrams: number;
  /** Bytes of the token bucket. */
  readonly bucket: number;
  /** Milliseconds that the latest datagram left after its time. */
  readonly lateness: number;
  /** Milliseconds of airtime lost. */
  readonly lostTime: number;
  /** Processor time of the whole process for each second. */
  readonly cores: number;
}

/** Nobody listens there; the datagrams end in this machine. */
const DESTINATION = { address: '127.0.0.1', port: 9 };
const WINDOW = 1000;
const SMALLEST_PACKET = 500;

/** Sends a directory as `datacast send` does and judges the times at which the datagrams left. */
export async function measurePace({ rate, seconds, authDepth, content }: PaceCase): Promise<PaceResult> {
  const work = await mkdtemp(join(tmpdir(), 'datacast-pace-'));
  const most = Math.ceil((rate * (seconds + 2)) / 8 / SMALLEST_PACKET) + 1000;
  const departures = new SharedArrayBuffer(8 * (2 * most + 1));
  const stop = new AbortController();
  const bucket = defaultBurst(rate, CHANNEL_DEFAULTS.mtu);
  try {
    const crypto = signingCrypto();
    await createKeys(join(work, 'keys'), crypto, { now: Date.now() });
    const noPassword = () => Promise.reject(new Error('The key has no password.'));
    const keys = await loadKeys(join(work, 'keys'), crypto, noPassword, Date.now());
    let began = { time: 0, cpu: process.cpuUsage() };
    const uplink = createUplink({
      channel: {
        link: { destinations: [DESTINATION], mtu: CHANNEL_DEFAULTS.mtu, authDepth, burst: bucket },
        rate,
        tableInterval: 2000,
        watchInterval: 5000,
        settle: 5000,
        bundles: [
          {
            name: 'pace',
            path: content,
            weight: 1,
            level: 3,
            rules: {},
            order: 'mixed',
            frontInterval: 30_000,
            repair: { kind: 'loss', loss: 0.1 },
          },
        ],
      },
      watch: true,
      keys,
      crypto,
      schemes: await loadFecSchemes(),
      clock: systemClock(),
      packer: packInThread(stop.signal),
      state: await openState(work, 'state.json'),
      objects: join(work, 'objects'),
      shard: { index: 0, count: 1 },
      openTransmitter: (setup) => startTransmitThread({ ...setup, departures }),
      onEvent({ type }) {
        if (type !== 'edition') return;
        began = { time: performance.now(), cpu: process.cpuUsage() };
        setTimeout(() => stop.abort(), seconds * 1000);
      },
    });
    const stats = await uplink.run(stop.signal);
    const { user, system } = process.cpuUsage(began.cpu);
    const elapsed = performance.now() - began.time;
    const log = departuresOf(departures);
    return {
      ...paceError(log, rate, WINDOW),
      rate,
      bucket,
      datagrams: log.length,
      lateness: stats.lateness,
      lostTime: stats.lostTime,
      cores: (user + system) / 1000 / elapsed,
    };
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Without the datagrams that close the session: they follow after what was still waiting has been dropped. */
function departuresOf(memory: SharedArrayBuffer): Departure[] {
  const log = new Float64Array(memory);
  const all = Array.from({ length: log[0]! }, (_, i) => ({ time: log[2 * i + 1]!, bytes: log[2 * i + 2]! }));
  return all.slice(0, -3);
}
