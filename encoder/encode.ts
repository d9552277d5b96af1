import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { packBundle } from '../codecs/bundle/index.js';
import type { Crypto } from '../codecs/crypto/index.js';
import type { FecSchemes } from '../codecs/fec/index.js';
import type { FecName } from './blocks.js';
import type { Transmission } from './datagrams.js';
import { type Destination, packetOverhead } from './destination.js';
import { EncodeError } from './error.js';
import {
  createFdtDatagrams,
  type FdtDatagrams,
  type FluteVersion,
  fdtRepetitions,
  sessionFdt,
} from './fdt.js';
import type { OpenFile } from './file.js';
import type { Keys } from './keys.js';
import { codeRepair, repairLanes, sourceLanes } from './lanes.js';
import { createObject, type TransferObject } from './object.js';
import { createPace } from './pace.js';
import { planTransmission, type TransmissionPlan } from './plan.js';
import type { OnProgress } from './progress.js';
import type { RepairGoal } from './repair.js';
import { type EncodeReport, reportOn } from './report.js';
import { instanceIdOf, type Session, toiOf } from './session.js';
import type { SigningKey } from './sign.js';
import { withSpool } from './spool.js';
import { type Content, walk } from './walk.js';
import type { PoolOptions } from './workers/pool.js';
import { writeRecording } from './write.js';

export interface EncodeOptions {
  readonly keys: Keys;
  /** Hashes, and signs the object; datagrams are signed by node:crypto in any thread. */
  readonly crypto: Crypto;
  readonly schemes: FecSchemes;
  readonly fec: FecName;
  /** Ignored without a code. */
  readonly repair: RepairGoal;
  /** Level of zstd, 1..22. */
  readonly level: number;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
  readonly destination: Destination;
  /** 0..7: one signature for 2^depth datagrams. */
  readonly authDepth: number;
  /** 1..2^32-1; receivers refuse a lower one than they have seen. */
  readonly sequence: number;
  readonly fluteVersion: FluteVersion;
  /** Bits per second of IP packets. */
  readonly rate: number;
  /** Unix time in milliseconds at which the transmission begins. */
  readonly now: number;
  /** Writes an MPEG transport stream instead of a pcap file. */
  readonly stream?: {
    /** Bits per second of the whole stream, held by null packets; without it the stream is as long as its content. */
    readonly tsRate: number | undefined;
  };
  readonly onProgress: OnProgress;
  /** Threads that compress, code and sign, 1 unless given; the recording is the same with any number. */
  readonly jobs?: number;
  /** Aborted when the recording is no longer wanted: `encode` throws its reason. */
  readonly interrupted?: AbortSignal;
}

/**
 * Encodes a directory or a file into a recording of signed datagrams. Meanwhile temporary files without a name stand
 * in the recording's directory.
 *
 * @throws EncodeError, BundleError or an error of the operating system
 */
export async function encode(path: string, out: string, options: EncodeOptions): Promise<EncodeReport> {
  await requireTarget(out);
  const content = await walk(path);
  const directory = dirname(out);
  return withSpool(directory, (objectFile) =>
    withSpool(directory, async (repairFile) => {
      const object = await packObject(content, objectFile, options);
      return sendObject(content, object, repairFile, out, options);
    }),
  );
}

function packObject(content: Content, file: OpenFile, options: EncodeOptions): Promise<TransferObject> {
  const { crypto, keys, sequence, level, onProgress } = options;
  return createObject(packBundle(content.entries, { crypto }), file, {
    ...{ crypto, publisher: keys.publisher, sequence, name: content.name, level },
    ...{ contentBytes: content.bytes, ...poolOptions(options) },
    onArchived: (bytes) => onProgress('Compressing', Math.min(bytes, content.bytes), content.bytes),
  });
}

/** Plans, codes, signs and writes: stages after one another, each of which takes what the one before it yields. */
async function sendObject(
  content: Content,
  object: TransferObject,
  repairFile: OpenFile,
  out: string,
  options: EncodeOptions,
): Promise<EncodeReport> {
  const { keys, schemes, fec, authDepth, mtu, destination, sequence, onProgress } = options;
  const { tsi } = keys.certificate;
  const session: Session = { tsi, authDepth, mtu, packetOverhead: packetOverhead(destination) };
  const plan = planTransmission(object.length, session, schemes, fec, options.repair);
  const files = { object: object.file, repair: repairFile };
  const pool = poolOptions(options);
  const repair = repairLanes(plan, plan.repair);
  await codeRepair(plan, repair, files, pool, (done) => onProgress('Coding', done, plan.blocks.length));
  const fdt = fdtDatagrams(content, object, session, plan, options);
  try {
    const objectDatagrams = plan.sourceSymbols + plan.repairSymbols;
    const pace = createPace(options.now, options.rate);
    const transmission: Transmission = {
      session,
      toi: toiOf(sequence),
      scheme: plan.scheme,
      symbolSize: plan.parameters.symbolSize,
      phases: [sourceLanes(plan), repair],
      fdt,
      fdtRepetitions: fdtRepetitions(objectDatagrams, fdt.sourceSymbols, plan.designLoss),
    };
    const total = objectDatagrams + transmission.fdtRepetitions;
    const key: SigningKey = { seed: keys.uplinkSeed, tsi, depth: authDepth, sha256: object.sha256 };
    const recording = await writeRecording(
      out,
      transmission,
      {
        ...{ destination, key, pace, files, ...pool },
        onRecorded: (done) => onProgress('Signing', done, total),
      },
      options.stream && {
        tsRate: options.stream.tsRate,
        onMultiplexed: (done, all) => onProgress('Multiplexing', done, all),
      },
    );
    return reportOn({ content, object, plan, transmission, recording, out, options });
  } finally {
    fdt.free();
  }
}

function poolOptions({ jobs = 1, interrupted }: EncodeOptions): PoolOptions {
  return { threads: jobs > 1 ? jobs : 0, interrupted };
}

function fdtDatagrams(
  { name }: Content,
  { archiveLength, sha256, signature }: TransferObject,
  session: Session,
  { fec, scheme, parameters }: TransmissionPlan,
  { keys, sequence, fluteVersion }: EncodeOptions,
): FdtDatagrams {
  const toi = toiOf(sequence);
  // The table holds as long as the certificate that vouches for it.
  const expires = keys.certificate.notAfter;
  const xml = sessionFdt(
    { ...{ fluteVersion, expires, toi, name, sha256, sequence, signature }, contentLength: archiveLength },
    scheme,
    parameters,
  );
  return createFdtDatagrams(xml, fec, scheme, {
    ...session,
    ...{ fluteVersion, instanceId: instanceIdOf(sequence), certificate: keys.certificateBytes },
  });
}

/** @throws EncodeError when no recording can be put there */
async function requireTarget(out: string): Promise<void> {
  const directory = await stat(dirname(out)).catch(() => undefined);
  if (!directory?.isDirectory()) {
    throw new EncodeError(`${dirname(out)} is no directory: make it first, or give another file with --out.`);
  }
  const target = await stat(out).catch(() => undefined);
  if (target !== undefined && !target.isFile()) {
    throw new EncodeError(`${out} is there already and is not a file: give the recording another name.`);
  }
}
