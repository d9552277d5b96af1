import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';
import { AlcError, parseAlc } from '../../codecs/alc/index.js';
import { FecError, type FecSchemes } from '../../codecs/fec/index.js';
import { createTransportStreamReader } from '../../codecs/mpegts/index.js';

/** Listens behind the relay, beside the receivers, for symbols that are sent twice. */
export interface ThirdListener {
  readonly address: string;
  readonly heard: {
    readonly datagrams: number;
    readonly symbols: number;
    /** Symbols of an object that were heard before. */
    readonly repeated: number;
    readonly unreadable: number;
  };
  close(): Promise<void>;
}

/** TOIs whose symbols are remembered: many more than are on the air. */
const REMEMBERED = 64;
const ESI_RANGE = 2 ** 24;

/** @param transportStream datagrams come in one */
export async function openThirdListener(
  schemes: FecSchemes,
  transportStream = false,
): Promise<ThirdListener> {
  const reader = transportStream ? createTransportStreamReader() : undefined;
  const heard = { datagrams: 0, symbols: 0, repeated: 0, unreadable: 0 };
  /** By TOI and symbol: the digest of what was heard, for later objects may take the TOI of one that has gone. */
  const known = new Map<number, Map<number, string>>();

  function symbolsOf(toi: number): Map<number, string> {
    const symbols = known.get(toi) ?? new Map();
    // the one heard last stands last
    known.delete(toi);
    known.set(toi, symbols);
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(oldest);
    }
    return symbols;
  }

  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  function hear(datagram: Uint8Array): void {
    heard.datagrams++;
    try {
      const { lct, payloadId, payload } = parseAlc(datagram, schemes);
      if (!lct.toi || payloadId === undefined || payload.length === 0) return;
      heard.symbols++;
      const symbols = symbolsOf(lct.toi);
      const symbol = payloadId.sbn * ESI_RANGE + payloadId.esi;
      const digest = createHash('sha256').update(payload).digest('hex');
      if (symbols.get(symbol) === digest) heard.repeated++;
      symbols.set(symbol, digest);
    } catch (error) {
      if (!(error instanceof AlcError || error instanceof FecError)) throw error;
      heard.unreadable++;
    }
  }

  socket.on('message', (message) => {
    for (const { payload } of reader?.push(message) ?? [{ payload: message }]) hear(payload);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    heard,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
