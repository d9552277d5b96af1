import { authExtensionLength, buildCertificate } from '../../../codecs/auth/index.js';
import type { FecScheme, RaptorQParameters, SourceBlock } from '../../../codecs/fec/index.js';
import { createRaptorQScheme } from '../../../codecs/fec/index.js';
import type { SecretKey } from '../../../codecs/minisign/index.js';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import type { RaptorQ } from '../../../codecs/raptorq/index.js';
import { planBlocks } from '../../../encoder/session/blocks.js';
import { createFdtDatagrams, type FdtDatagrams, tableXml } from '../../../encoder/session/fdt.js';
import { partLocation } from '../../../encoder/session/location.js';
import { objectHeaderLength } from '../../../encoder/session/object-header.js';
import { designLoss, repairSymbols } from '../../../encoder/session/repair.js';
import type { Session } from '../../../encoder/session/session.js';
import { objectSymbolSize } from '../../../encoder/session/symbol-size.js';
import { tableDatagrams } from '../../../encoder/session/tables.js';
import { LossError } from '../error.js';
import type { Cell } from '../record.js';
import type { SymbolCode } from './code.js';
import { createRaptorQCode, maxPasses } from './raptorq.js';
import { createLdpcStaircase } from './reference/ldpc-staircase.js';
import { createLongReedSolomon, createReedSolomon } from './reference/reed-solomon.js';
import { createRepetition } from './reference/repetition.js';
import { type PassSchedule, schedulePass } from './schedule.js';

/** Who sends. The keys are known to everybody: this is a simulation. */
export interface Sender {
  readonly publisher: SecretKey;
  readonly uplinkSeed: Uint8Array;
  readonly certificate: Uint8Array;
}

/** How a cell's object is sent: everything that is the same in all trials. */
export interface Transmission {
  readonly cell: Cell;
  readonly code: SymbolCode;
  readonly session: Session;
  readonly scheme: FecScheme;
  readonly parameters: RaptorQParameters;
  /** Of the RaptorQ code. */
  readonly blocks: readonly SourceBlock[];
  /** K over all blocks. */
  readonly sourceSymbols: number;
  /** The first pass, and the one after it; see `passSchedule`. */
  readonly schedules: readonly [PassSchedule, PassSchedule];
  readonly fdtDatagrams: number;
  /** Bytes of UDP payload: of a datagram of the object, and of the table. */
  readonly objectPayload: number;
  readonly fdtPayload: number;
  /** Bytes of EXT_AUTH. */
  readonly authBytes: number;
  /** Bytes of IP packets in a pass: the same for each. */
  readonly passBytes: number;
}

const TSI = 1;
/** Of the object. One that followed from its digest would make tables of different lengths. */
export const TOI = 12_345;
const INSTANCE_ID = 1;
/** The table is as long as that of an index with its signature, which the planner reckons with. */
const LOCATION_LENGTH = 286;
/** An IPv4 header without options and the UDP header. */
const PACKET_OVERHEAD = 20 + 8;
/** 1 January 2100: certificate and table hold. It has as many digits as a time in seconds, which operators use. */
const EXPIRES = 4_102_444_800;
/** Bits per second. */
const MIN_RATE = 100;

export async function createSender(): Promise<Sender> {
  const seed = new Uint8Array(32).fill(1);
  const uplinkSeed = new Uint8Array(32).fill(2);
  const publisher = {
    seed,
    keyId: new Uint8Array(8).fill(1),
    publicKey: await nodeCrypto.ed25519PublicKey(seed),
  };
  const certificate = await buildCertificate(nodeCrypto, publisher, {
    uplinkPublicKey: await nodeCrypto.ed25519PublicKey(uplinkSeed),
    tsi: TSI,
    notBefore: 0,
    notAfter: EXPIRES,
    generation: 1,
  });
  return { publisher, uplinkSeed, certificate };
}

/**
 * Plans as the encoder does.
 *
 * @throws LossError when the cell asks for something that cannot be sent
 */
export async function prepareTransmission(
  cell: Cell,
  raptorq: RaptorQ,
  sender: Sender,
): Promise<Transmission> {
  requireSensible(cell);
  const { objectBytes, mtu, authDepth, interleave } = cell;
  const scheme = createRaptorQScheme(raptorq) as FecScheme;
  const session: Session = { tsi: TSI, authDepth, mtu, packetOverhead: PACKET_OVERHEAD };
  const headerLength = objectHeaderLength(session, scheme);
  const size = objectSymbolSize('raptorq', objectBytes, mtu, PACKET_OVERHEAD + headerLength);
  const sourceSymbols = Math.ceil(objectBytes / size);
  const parameters: RaptorQParameters = {
    ...(planBlocks('raptorq', objectBytes, size) as RaptorQParameters),
    sourceBlocks: Math.ceil(sourceSymbols / cell.blockSymbols),
  };
  const blocks = scheme.blocks(parameters);
  const code = codeOf(cell, sourceSymbols, blocks, () =>
    createRaptorQCode(
      raptorq,
      blocks.map((block) => block.sourceSymbols),
      repairSymbols(blocks, cell.repair, 1, (block) => scheme.maxEsi(parameters, block)),
      interleave,
    ),
  );
  const symbols = code
    .phases(0)
    .flat()
    .reduce((sum, { count }) => sum + count, 0);
  const fdt = fdtOf({ session, scheme, parameters }, sender, new Uint8Array(0));
  fdt.free();
  if (fdt.sourceSymbols > 1) {
    throw new LossError(
      `At an MTU of ${mtu} bytes the file delivery table takes several datagrams; give 1,000.`,
    );
  }
  const fdtDatagrams = tableDatagrams(symbols, [fdt], designLoss(cell.repair));
  const objectPayload = headerLength + size;
  return {
    cell,
    code,
    session,
    scheme,
    parameters,
    blocks,
    sourceSymbols,
    fdtDatagrams,
    objectPayload,
    schedules: [schedulePass(code.phases(0), fdtDatagrams), schedulePass(code.phases(1), fdtDatagrams)],
    fdtPayload: fdt.datagramLength,
    authBytes: authExtensionLength(authDepth),
    passBytes:
      symbols * (objectPayload + PACKET_OVERHEAD) + fdtDatagrams * (fdt.datagramLength + PACKET_OVERHEAD),
  };
}

function codeOf(
  { code, repair, interleave, blockSymbols, passes }: Cell,
  symbols: number,
  blocks: readonly SourceBlock[],
  ours: () => SymbolCode,
): SymbolCode {
  const loss = designLoss(repair);
  const fraction = loss / (1 - loss);
  switch (code) {
    case 'raptorq': {
      const raptorq = ours();
      if (passes + 1 > maxPasses(raptorq.esiShift)) {
        throw new LossError(
          `${passes} passes need more than the 2^24 symbols of a block; give fewer passes or smaller blocks than ${blocks[0]!.sourceSymbols} symbols.`,
        );
      }
      return raptorq;
    }
    case 'repetition':
      return createRepetition(symbols);
    case 'reed-solomon':
      return createReedSolomon(symbols, fraction, interleave);
    case 'reed-solomon-16':
      return createLongReedSolomon(symbols, fraction, interleave);
    case 'ldpc-staircase-5':
      return createLdpcStaircase(5, symbols, blockSymbols, fraction, interleave);
    case 'ldpc-staircase-7':
      return createLdpcStaircase(7, symbols, blockSymbols, fraction, interleave);
  }
}

function requireSensible({ mode, code, objectBytes, blockSymbols, passes, rate }: Cell): void {
  if (mode === 'exact' && code !== 'raptorq') {
    throw new LossError(`${code} is a model at symbol level: it runs in fast mode only.`);
  }
  if (objectBytes < 1) throw new LossError('An object has at least one byte.');
  if (blockSymbols < 1) throw new LossError('A block has at least one symbol.');
  if (passes < 1) throw new LossError('A receiver listens to one pass at least.');
  if (rate < MIN_RATE) throw new LossError(`The rate is ${rate} bit/s; ${MIN_RATE} is the least.`);
}

/** The datagrams of the file delivery table for an object; their length does not depend on what it holds. */
export function fdtOf(
  { session, scheme, parameters }: Pick<Transmission, 'session' | 'scheme' | 'parameters'>,
  { certificate }: Sender,
  object: Uint8Array,
): FdtDatagrams {
  const sha256 = nodeCrypto.sha256(object);
  const announced = {
    toi: TOI,
    contentLocation: partLocation(sha256).padEnd(LOCATION_LENGTH, '-'),
    sha256,
    parameters,
  };
  const xml = tableXml([announced], { fluteVersion: 2, expires: EXPIRES, scheme });
  return createFdtDatagrams(xml, 'raptorq', scheme, {
    ...session,
    fluteVersion: 2,
    instanceId: INSTANCE_ID,
    certificate,
  });
}
