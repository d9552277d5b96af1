import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { packBundle } from '../../codecs/bundle/index.js';
import type { OpenFile } from '../../codecs/node/open-file.js';
import { withTemporaryFile } from '../../codecs/node/temporary-file.js';
import { createObject, type TransferObject } from '../content/pack-object.js';
import { type Content, walk } from '../content/walk.js';
import { EncodeError } from '../error.js';
import { packetOverhead } from '../session/destination.js';
import { createFdtDatagrams, type FdtDatagrams, fdtRepetitions, sessionFdt } from '../session/fdt.js';
import { chooseObjectCoding, type ObjectCoding } from '../session/object-coding.js';
import { instanceIdOf, type Session, toiOf } from '../session/session.js';
import type { SigningKey } from '../session/sign.js';
import type { PoolOptions } from '../threads/pool.js';
import { codeRepair } from './code-repair.js';
import type { EncodeOptions } from './encode-options.js';
import { type EncodeReport, reportOn } from './encode-report.js';
import { repairLanes, sourceLanes } from './lanes.js';
import { createPace } from './pace.js';
import type { Transmission } from './record-jobs.js';
import { writeRecording } from './write.js';

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
  return withTemporaryFile(directory, (objectFile) =>
    withTemporaryFile(directory, async (repairFile) => {
      const object = await packObject(content, objectFile, options);
      return sendObject(content, object, repairFile, out, options);
    }),
  );
}

function packObject(content: Content, file: OpenFile, options: EncodeOptions): Promise<TransferObject> {
  const { crypto, keys, sequence, level, onProgress } = options;
  return createObject(packBundle(content.entries, { crypto }), file, {
    crypto,
    publisher: keys.publisher,
    sequence,
    name: content.name,
    level,
    contentBytes: content.bytes,
    ...poolOptions(options),
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
  const coding = chooseObjectCoding(object.length, session, schemes, fec, options.repair);
  const files = { object: object.file, repair: repairFile };
  const pool = poolOptions(options);
  const repair = repairLanes(coding, coding.repair);
  await codeRepair(coding, repair, files, pool, (done) => onProgress('Coding', done, coding.blocks.length));
  const fdt = fdtDatagrams(content, object, session, coding, options);
  try {
    const objectDatagrams = coding.sourceSymbols + coding.repairSymbols;
    const pace = createPace(options.now, options.rate);
    const transmission: Transmission = {
      session,
      toi: toiOf(sequence),
      scheme: coding.scheme,
      symbolSize: coding.parameters.symbolSize,
      phases: [sourceLanes(coding), repair],
      fdt,
      fdtRepetitions: fdtRepetitions(objectDatagrams, fdt.sourceSymbols, coding.designLoss),
    };
    const total = objectDatagrams + transmission.fdtRepetitions;
    const key: SigningKey = { seed: keys.uplinkSeed, tsi, depth: authDepth, sha256: object.sha256 };
    const recording = await writeRecording(
      out,
      transmission,
      {
        destination,
        key,
        pace,
        files,
        ...pool,
        onRecorded: (done) => onProgress('Signing', done, total),
      },
      options.stream && {
        tsRate: options.stream.tsRate,
        onPacketized: (done, all) => onProgress('Packetizing', done, all),
      },
    );
    return reportOn({ content, object, coding, transmission, recording, out, options });
  } finally {
    fdt.free();
  }
}

function poolOptions({ jobs = 1, interrupted }: EncodeOptions): PoolOptions {
  // Signals are heard while another thread works.
  return { threads: jobs > 1 || interrupted !== undefined ? jobs : 0, interrupted };
}

function fdtDatagrams(
  { name }: Content,
  { archiveLength, sha256, signature }: TransferObject,
  session: Session,
  { fec, scheme, parameters }: ObjectCoding,
  { keys, sequence, fluteVersion }: EncodeOptions,
): FdtDatagrams {
  const toi = toiOf(sequence);
  // The table holds as long as the certificate that vouches for it.
  const expires = keys.certificate.notAfter;
  const xml = sessionFdt(
    { fluteVersion, expires, toi, name, sha256, sequence, signature, contentLength: archiveLength },
    scheme,
    parameters,
  );
  return createFdtDatagrams(xml, fec, scheme, {
    ...session,
    fluteVersion,
    instanceId: instanceIdOf(sequence),
    certificate: keys.certificateBytes,
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
