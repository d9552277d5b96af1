import { LctError, parseLct } from '../../../codecs/alc/index.js';
import { copyBytes } from '../../../codecs/bytes.js';
import type { SocketAddress } from '../../../codecs/net/index.js';
import { openSocket } from '../../../encoder/send/transmit/socket.js';
import { createPrng } from '../../../fixtures/prng.js';
import { openListeningSocket, type SocketOptions } from '../../../receiver/live/index.js';
import { countEvent, type Tally } from '../../channel/index.js';
import { MEANS_OF_A_LISTENER } from '../means/list.js';
import { pick, type Source } from '../means/means.js';

/** Others may send anything to the same place. */
function isAlc(datagram: Uint8Array): boolean {
  try {
    return parseLct(datagram).headerLength > 0;
  } catch (error) {
    if (error instanceof LctError) return false;
    throw error;
  }
}

export interface AttackOptions {
  /** Where the attacker hears the channel. */
  readonly from: SocketOptions;
  /** Receivers that are attacked, each with the same datagrams. */
  readonly to: readonly SocketAddress[];
  /** Bits per second of IP packets, to each. */
  readonly rate: number;
  readonly seed: number;
  /** Called when the operating system reports an error; the attack goes on. */
  onError(error: Error): void;
}

export interface LiveAttack {
  readonly listensAt: SocketAddress;
  /** Datagrams sent to each receiver, by means. */
  readonly tally: Tally<string>;
  close(): Promise<void>;
}

/** IPv4 and UDP. */
const HEADER_BYTES = 28;
const BITS = 8;
/** Milliseconds. */
const TICK = 10;
/** More than so many milliseconds are not made up for. */
const LATEST = 200;
/** Datagrams that are remembered; of more than that any one of the older half goes for a new one. */
const REMEMBERED = 20_000;
/** Each means is used for so many datagrams, on average. */
const TURN = 30;

/**
 * Hears a channel and sends what a stranger makes of it: replays of anything heard since the beginning, damaged datagrams,
 * forgeries and junk.
 *
 * @throws ReceiveError when there is nothing to listen to
 */
export async function startAttack({ from, to, rate, seed, onError }: AttackOptions): Promise<LiveAttack> {
  const prng = createPrng(seed);
  const heard: Uint8Array[] = [];
  const tally: Tally<string> = {};
  const sources = new Map<string, Source>();
  for (const { name, create } of MEANS_OF_A_LISTENER)
    sources.set(name, await create({ prng: prng.fork(name), heard: () => heard }));
  const names = [...sources.keys()];
  const sockets = await Promise.all(to.map((destination) => openSocket({ destination, onError })));
  const listening = await openListeningSocket(
    from,
    (datagram) => {
      if (!isAlc(datagram)) return;
      heard.push(copyBytes(datagram));
      if (heard.length > REMEMBERED) heard.splice(prng.below(REMEMBERED / 2), 1);
    },
    onError,
  );

  let name = pick(prng, names);
  let credit = 0;
  let isSending = false;
  let before = performance.now();

  async function send(): Promise<void> {
    const now = performance.now();
    credit += (rate * Math.min(now - before, LATEST)) / 1000;
    before = now;
    while (heard.length > 0 && credit > 0) {
      if (prng.chance(1 / TURN)) name = pick(prng, names);
      const datagram = await sources.get(name)!();
      countEvent(tally, name);
      credit -= BITS * (datagram.length + HEADER_BYTES);
      for (const socket of sockets) socket.send(datagram);
    }
    if (heard.length === 0) credit = 0;
  }

  const timer = setInterval(() => {
    if (isSending) return;
    isSending = true;
    send()
      .catch(onError)
      .finally(() => {
        isSending = false;
      });
  }, TICK);
  return {
    listensAt: listening.listensAt,
    tally,
    async close() {
      clearInterval(timer);
      await listening.close();
      for (const socket of sockets) await socket.close();
    },
  };
}
