import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OpenFile } from '../../codecs/node/open-file.js';
import { STANDARD_STREAM } from '../../codecs/node/standard-stream.js';
import { withTemporaryFile } from '../../codecs/node/temporary-file.js';
import { EncodeError } from '../error.js';
import { packetOverhead } from '../session/destination.js';
import type { Session } from '../session/session.js';
import { isSignedEdition } from '../signed/signed-edition.js';
import type { PoolOptions } from '../threads/pool.js';
import { codeRepair } from './code-repair.js';
import type { EncodeOptions } from './encode-options.js';
import { type EncodeReport, reportOn } from './encode-report.js';
import { createPace } from './pace.js';
import { packEdition, type RecordedEdition, takeEdition } from './recorded-edition.js';
import { recordedObjects } from './recorded-object.js';
import { planTransmission } from './transmission.js';
import { directoryOf, writeRecording } from './write.js';

/**
 * Encodes a directory, a file or a signed edition into a recording of signed datagrams. Meanwhile temporary files without a name stand
 * in the recording's directory.
 *
 * @throws EncodeError, EditionError or an error of the operating system
 */
export async function encode(path: string, out: string, options: EncodeOptions): Promise<EncodeReport> {
  if (out !== STANDARD_STREAM) await requireTarget(out);
  const directory = directoryOf(out);
  return withTemporaryFile(directory, (objects) =>
    withTemporaryFile(directory, async (repair) => {
      const pool = poolOptions(options);
      const edition = (await isSignedEdition(path))
        ? await takeEdition(path, objects, options)
        : await packEdition(path, objects, { ...options, ...pool });
      return recordEdition(edition, { objects, repair }, out, options);
    }),
  );
}

/** Codes, signs and writes: stages after one another, each of which takes what the one before it yields. */
async function recordEdition(
  { content, index, parts, indexPosition }: RecordedEdition,
  files: { readonly objects: OpenFile; readonly repair: OpenFile },
  out: string,
  options: EncodeOptions,
): Promise<EncodeReport> {
  const { keys, authDepth, mtu, destination, rate, onProgress } = options;
  const { tsi } = keys.certificate;
  const overhead = options.stream?.service === 'television' ? 0 : packetOverhead(destination);
  const session: Session = { tsi, authDepth, mtu, packetOverhead: overhead };
  const pool = poolOptions(options);
  const objects = recordedObjects(index, indexPosition, parts, session, options);
  const transmission = planTransmission(objects, session, options);
  try {
    await codeRepair(transmission, files, pool, (done, all) => onProgress('Coding', done, all));
    const total = transmission.objectDatagrams + transmission.tableTurns.length;
    const recording = await writeRecording(
      out,
      transmission,
      {
        destination,
        mac: options.mac,
        key: { seed: keys.uplinkSeed, tsi, depth: authDepth },
        pace: createPace(options.now, rate),
        files,
        ...pool,
        onRecorded: (done) => onProgress('Signing', done, total),
        onPacketized: (done) => onProgress('Packetizing', done, total),
      },
      options.stream,
    );
    return reportOn({ content, index, parts, transmission, recording, out, options });
  } finally {
    for (const table of transmission.tables) table.free();
  }
}

function poolOptions({ jobs = 1, interrupted }: EncodeOptions): PoolOptions {
  // Signals are heard while another thread works.
  return { threads: jobs > 1 || interrupted !== undefined ? jobs : 0, interrupted };
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
