import { buildAlc } from '../../../codecs/alc/index.js';
import { objectIdOf } from '../../../codecs/auth/index.js';
import { equalBytes, toHex } from '../../../codecs/bytes.js';
import { type BlockEncoder, type FecSchemes, noCode } from '../../../codecs/fec/index.js';
import { publisherId } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { createPace } from '../../../encoder/recording/pace.js';
import { objectHeader } from '../../../encoder/session/object-header.js';
import { signDatagrams } from '../../../encoder/session/sign.js';
import type { KnownEdition } from '../../../receiver/engine/ports/events.js';
import { createReceiver } from '../../../receiver/engine/receiver.js';
import { createPrng, type LossModel } from '../../channel/index.js';
import { LossError } from '../error.js';
import { FDT } from './schedule.js';
import { fdtOf, type Sender, TOI, type Transmission } from './transmission.js';
import { type Listening, listen, type Trial, type Tuning } from './trial.js';

/** A cell's object on the air: real datagrams, the same for all trials. */
export interface Carousel {
  readonly object: Uint8Array;
  /** The signed datagrams of a pass, in the order to send them. */
  pass(pass: number): Promise<readonly Uint8Array[]>;
  free(): void;
}

/** Passes that are kept for the trials that follow take so many bytes at most. */
const KEPT_BYTES = 2 ** 28;
const DESTINATION = '239.255.0.1:4001';
const START_MILLISECONDS = 1_700_000_000_000;

/** @param seed of the object's bytes */
export async function createCarousel(
  transmission: Transmission,
  sender: Sender,
  seed: number,
): Promise<Carousel> {
  const { cell, session, scheme, parameters, blocks, schedules, code, passBytes } = transmission;
  const object = createPrng(seed).fork('object').bytes(cell.objectBytes);
  const fdt = fdtOf(transmission, sender, object);
  const encoders = new Map<number, BlockEncoder>();
  for (const block of blocks) {
    const source = object.subarray(block.offset, block.offset + block.byteLength);
    encoders.set(block.sbn, scheme.createBlockEncoder(parameters, block, source));
  }
  const header = objectHeader(session, TOI, scheme.encodingId);
  const pace = createPace(START_MILLISECONDS, cell.rate);
  const key = {
    seed: sender.uplinkSeed,
    tsi: session.tsi,
    depth: session.authDepth,
    objectId: objectIdOf(nodeCrypto, nodeCrypto.sha256(object), scheme.buildFti(parameters)),
  };
  const kept = new Map<number, readonly Uint8Array[]>();
  let latest: { readonly pass: number; readonly datagrams: readonly Uint8Array[] } | undefined;

  async function make(pass: number): Promise<Uint8Array[]> {
    const schedule = schedules[pass === 0 ? 0 : 1];
    let bytes = pass * passBytes;
    const datagrams = Array.from(schedule.blocks, (sbn, index) => {
      const shift = pass === 0 ? 0 : (pass - 1) * (code.esiShift[sbn] ?? 0);
      const esi = schedule.esis[index]! + shift;
      const datagram =
        sbn === FDT
          ? fdt.next(pace.secondsAfter(bytes))
          : buildAlc(header, scheme, { sbn, esi }, encoders.get(sbn)!.symbol(esi));
      bytes += datagram.length + session.packetOverhead;
      return datagram;
    });
    await signDatagrams(nodeCrypto, key, datagrams);
    return datagrams;
  }
  return {
    object,
    async pass(pass) {
      if (latest?.pass === pass) return latest.datagrams;
      const datagrams = kept.get(pass) ?? (await make(pass));
      if ((kept.size + 1) * passBytes <= KEPT_BYTES) kept.set(pass, datagrams);
      latest = { pass, datagrams };
      return datagrams;
    },
    free() {
      fdt.free();
      for (const encoder of encoders.values()) encoder.free();
    },
  };
}

/**
 * One receiver in exact mode. No symbol is sent twice; symbols that come before the table all count as used, for a
 * receiver cannot know yet what it needs.
 *
 * @throws LossError when the receiver hands out other bytes than were sent, or refuses genuine datagrams
 */
export async function runExactTrial(
  transmission: Transmission,
  carousel: Carousel,
  sender: Sender,
  tuning: Tuning,
  model: LossModel,
): Promise<Trial> {
  const { scheme, objectPayload, fdtPayload } = transmission;
  const fecSchemes: FecSchemes = new Map([
    [scheme.encodingId, scheme],
    [noCode.encodingId, noCode],
  ]);
  const receiver = createReceiver({
    crypto: nodeCrypto,
    fecSchemes,
    trust: [sender.publisher],
    editions: [editionOf(carousel.object, sender)],
  });
  let read: (() => AsyncIterable<Uint8Array>) | undefined;
  let refused: string | undefined;
  receiver.on('part', ({ content }) => {
    read = () => content.read();
  });
  receiver.on('rejected', ({ detail }) => {
    refused ??= detail;
  });
  const rebuilt = new Set<number>();
  receiver.on('block', ({ sbn }) => rebuilt.add(sbn));
  const listening: Listening = { bytes: 0, sent: 0, sentSymbols: 0, lost: 0 };
  let fdts = 0;
  let used = 0;
  let surplus = 0;
  for (const { pass, index, block } of listen(transmission, tuning, model, listening)) {
    const datagram = (await carousel.pass(pass))[index]!;
    if (datagram.length !== (block === FDT ? fdtPayload : objectPayload)) {
      throw new LossError(`A datagram has ${datagram.length} bytes and was planned with another length.`);
    }
    if (block === FDT) fdts++;
    else if (rebuilt.has(block)) surplus++;
    else used++;
    receiver.push(datagram, { destination: DESTINATION });
    await receiver.idle();
    if (refused !== undefined) throw new LossError(`The receiver refused a genuine datagram: ${refused}`);
    if (read !== undefined) break;
  }
  const completed = read !== undefined;
  if (read !== undefined) await requireSame(read(), carousel.object);
  await receiver.close();
  return { completed, ...listening, used, duplicates: 0, surplus, fdts };
}

async function requireSame(content: AsyncIterable<Uint8Array>, object: Uint8Array): Promise<void> {
  let at = 0;
  for await (const chunk of content) {
    if (!equalBytes(chunk, object.subarray(at, at + chunk.length))) {
      throw new LossError(
        `The object was rebuilt wrongly, within ${chunk.length} bytes from offset ${at} on.`,
      );
    }
    at += chunk.length;
  }
  if (at !== object.length) throw new LossError(`The rebuilt object has ${at} of ${object.length} bytes.`);
}

/** An edition that consists of the object: its index is known to the receiver. */
function editionOf(object: Uint8Array, { publisher }: Sender): KnownEdition {
  const sha256 = toHex(nodeCrypto.sha256(object));
  const part = {
    sha256,
    bytes: object.length,
    unpacked: object.length,
    files: 1,
    label: 'object',
    class: 'other' as const,
  };
  const edition = {
    publisher: publisherId(publisher),
    name: 'object',
    sequence: 1,
    sha256: '',
    signature: '',
  };
  return { edition, index: { name: 'object', sequence: 1, parts: [part] } };
}
