/** A recording as the encoder makes it, datagram by datagram: nothing of the planner is used. */

import { CERTIFICATE_LENGTH } from '../../codecs/auth/index.js';
import type { FecSchemes } from '../../codecs/fec/index.js';
import { formatSignature } from '../../codecs/minisign/index.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { trustedComment, UNTRUSTED_COMMENT } from '../../encoder/content/signed-index.js';
import { announced, type RecordedObject } from '../../encoder/recording/recorded-object.js';
import { type Order, symbolsInOrder } from '../../encoder/recording/schedule/order.js';
import { chooseRepetition } from '../../encoder/recording/schedule/repetition.js';
import { tablesInOrder } from '../../encoder/recording/schedule/table-turns.js';
import { indexLocation, partLocation } from '../../encoder/session/location.js';
import { chooseObjectCoding } from '../../encoder/session/object-coding.js';
import type { Session } from '../../encoder/session/session.js';
import { createTables, leastTableDatagrams, tableDatagrams } from '../../encoder/session/tables.js';

/** What is recorded. */
export interface Recorded {
  /** The index, then the parts in their order: compressed bytes. */
  readonly objects: readonly { readonly kind: RecordedObject['kind']; readonly bytes: number }[];
  readonly order: Order;
  /** Percent. */
  readonly expectLoss: number;
  readonly rate: number;
}

/** Datagrams in the order of sending: each a symbol of a block, or a table. */
export interface Recording {
  /** Index of a block, or below 0 of a table: -1 the first, -2 the second. */
  readonly what: Int32Array;
  /** Seconds from the beginning, and to the end of each datagram. */
  readonly seconds: Float64Array;
  /** Bytes of UDP payload. */
  readonly length: Uint16Array;
  readonly airtime: number;
  /** K of each block, and its object. */
  readonly needed: readonly number[];
  readonly objectOf: readonly number[];
  /** Table of each object. */
  readonly tableOf: readonly number[];
}

const PACKET_OVERHEAD = 28;
const MTU = 1500;
const NAME = 'bundle';
const SEQUENCE = 2_000_000_000;

export function recordingOf({ objects, order, expectLoss, rate }: Recorded, schemes: FecSchemes): Recording {
  const session: Session = { tsi: 0xffff, authDepth: 0, mtu: MTU, packetOverhead: PACKET_OVERHEAD };
  const coded = objects.map(({ kind, bytes }, i): RecordedObject => {
    const sha256 = nodeCrypto.sha256(Uint8Array.of(1, i >>> 8, i));
    const goal = { kind: 'loss', loss: expectLoss / 100 } as const;
    return {
      kind,
      toi: 10_001 + i,
      sha256,
      objectId: sha256.subarray(0, 16),
      position: 0,
      contentLocation: kind === 'index' ? indexLocation(NAME) : partLocation(sha256),
      coding: chooseObjectCoding(bytes, session, schemes, 'raptorq', { goal, objects: objects.length }),
      ...(kind === 'index' && { edition: { sequence: SEQUENCE, signature: signature() } }),
    };
  });
  const { scheme, designLoss } = coded[0]!.coding;
  const payload = coded.map(({ coding }) => coding.headerLength + coding.parameters.symbolSize);
  const tables = createTables(coded.map(announced), {
    ...session,
    crypto: nodeCrypto,
    fec: 'raptorq',
    scheme,
    fluteVersion: 2,
    expires: SEQUENCE,
    certificate: Uint8Array.of(1, ...new Uint8Array(CERTIFICATE_LENGTH - 1)),
  });
  for (const table of tables) table.free();
  const tableOf = coded.map(({ toi }) => tables.findIndex(({ tois }) => tois.includes(toi)));
  const first = coded.filter(({ kind }) => kind === 'index' || kind === 'front').length;
  const counts = coded.map(({ coding }) => ({
    source: coding.blocks.map(({ sourceSymbols }) => sourceSymbols),
    repair: coding.repair,
  }));
  const symbols = [
    ...symbolsInOrder(counts, { order, first, repetition: chooseRepetition(coded, session, rate) }),
  ];
  const packetBytes = payload.map((bytes) => PACKET_OVERHEAD + bytes);
  const turns = tablesInOrder(() => symbols, packetBytes, {
    tableOf,
    tables: tables.length,
    least: leastTableDatagrams(tables, designLoss),
    datagrams: tableDatagrams(symbols.length, tables, designLoss),
  });
  const objectOf = coded.flatMap(({ coding }, object) => coding.blocks.map(() => object));
  const firstBlock = coded.map((_, object) => objectOf.indexOf(object));
  const total = symbols.length + turns.length;
  const what = new Int32Array(total);
  const seconds = new Float64Array(total);
  const length = new Uint16Array(total);
  let sent = 0;
  let bytes = 0;
  const send = (each: number, payload: number) => {
    what[sent] = each;
    seconds[sent] = (8 * bytes) / rate;
    length[sent++] = payload;
    bytes += PACKET_OVERHEAD + payload;
  };
  let turn = 0;
  const sendTables = (position: number) => {
    for (; turn < turns.length && turns[turn]!.after <= position; turn++) {
      const { table } = turns[turn]!;
      send(-1 - table, tables[table]!.datagramLength);
    }
  };
  for (const [position, { object, block }] of symbols.entries()) {
    sendTables(position);
    send(firstBlock[object]! + block, payload[object]!);
  }
  sendTables(symbols.length);
  return {
    what,
    seconds,
    length,
    airtime: (8 * bytes) / rate,
    needed: coded.flatMap(({ coding }) => coding.blocks.map(({ sourceSymbols }) => sourceSymbols)),
    objectOf,
    tableOf,
  };
}

/** As long as a real one. */
function signature(): string {
  return formatSignature({
    algorithm: 'ED',
    keyId: new Uint8Array(8),
    signature: new Uint8Array(64),
    trustedComment: trustedComment(SEQUENCE, NAME),
    globalSignature: new Uint8Array(64),
    untrustedComment: UNTRUSTED_COMMENT,
  });
}
