import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { publisherId } from '../../codecs/minisign/index.js';
import { type RecordingInput, recordingInputs } from '../../codecs/node/recordings/recording-input.js';
import type { UdpDatagram } from '../../codecs/pcap/index.js';
import { createCloseStack } from '../close-stack.js';
import { ReceiveError } from '../error.js';
import type { PartState } from '../files/bundle-state.js';
import type { OutputDirectory, StandingBundle } from '../files/output-directory.js';
import { openStaging } from '../files/staging.js';
import { findStandingOutput, keepRecord, type StandingOutput } from '../files/standing-output.js';
import { type Written, type WrittenBundle, writeContent } from '../files/write-content.js';
import { namesakes, noLongerTrusted } from '../state/namesakes.js';
import { openState, type ReceiverState, type TellProblem } from '../state/state.js';
import { bundleKey, type UnsignedFile } from './collection.js';
import { createFlowReader } from './flow-reader.js';
import { createHeard, type Heard } from './heard.js';
import { inOrderOf } from './name-order.js';
import type { ReceiveOptions } from './receive-options.js';
import { bundleReport, incompleteObjects, isWritten, type ReceiveReport } from './receive-report.js';
import { openReception, type Reception, storeBytes } from './reception.js';
import { type RecordingReport, readRecording } from './recordings.js';

/**
 * Reads recordings and writes what is complete and verified in them. Meanwhile a staging directory stands beside the output.
 *
 * @throws ReceiveError when an input is none or the output is in use; errors of the operating system
 */
export async function receive(paths: readonly string[], options: ReceiveOptions): Promise<ReceiveReport> {
  const inputs = await recordingInputs(paths);
  const closing = createCloseStack();
  try {
    const { trust } = options;
    const state =
      options.state === undefined
        ? undefined
        : await openState(options.state, storeBytes(options), trust, onceEach(options.onProblem));
    closing.add(() => state?.close());
    const known = state?.memory.publishers ?? [];
    for (const sentence of noLongerTrusted(trust, known, options.state ?? '', state?.memory.seen.successions))
      options.onProblem(sentence);
    const standing = await findStandingOutput(options.out);
    if (standing !== undefined) requireUpdatable(options);
    const staging = await openStaging(options.out, standing !== undefined);
    closing.add(staging.remove);
    const reception = await openReception({ staging, standing }, state, options, closing);
    const { receiver, delivery, output, collection, parts } = reception;
    await receiver.restore();
    const heard = createHeard(receiver);
    const recordings = await readAll(inputs, { ...reception, heard }, options);
    const content = {
      output: { directory: output.directory, bundles: () => inOrderOf(trust, output.bundles()) },
      unsigned: collection.unsigned,
      edition: (bundle: StandingBundle) => parts.edition(collection.editions.get(bundleKey(bundle))!),
    };
    const written =
      standing === undefined
        ? await writeContent(content, staging, options)
        : { bundles: standingBundles(output, standing), unsigned: [], refusals: [] };
    // told, and tried once more at the end
    await state?.memory.settled().catch(() => {});
    const report = {
      ...reportOf({ ...reception, heard }, written, recordings, options),
      namesakes: namesakes(trust, known, options.state ?? '', state?.memory.seen.successions),
    };
    if (standing === undefined && isWritten(report)) await staging.commit();
    await giveBack(reception, state, report);
    await delivery.close();
    if (standing === undefined && report.bundles.some(({ path }) => path !== undefined)) {
      await output.close();
      await keepRecord(output, options.out, written.bundles);
    }
    return report;
  } finally {
    await closing.close();
  }
}

/** @throws ReceiveError when something is asked for that only a new directory can have */
function requireUpdatable({ out, allowUnsigned, keepBundle }: ReceiveOptions): void {
  const wrong = allowUnsigned ? '--allow-unsigned' : keepBundle === undefined ? undefined : '--keep-bundle';
  if (wrong === undefined) return;
  throw new ReceiveError(
    `${out} holds editions that are updated; ${wrong} needs a new directory: give another one with --out.`,
  );
}

/** Bundles in the places that they have. */
function standingBundles(output: OutputDirectory, { only }: StandingOutput): WrittenBundle[] {
  return output.bundles().map((state) => {
    const isThere = existsSync(join(output.directory, state.path));
    const path = state.path === only ? '' : state.path;
    return { state, path: isThere ? path : undefined, kept: undefined };
  });
}

/** A disk that is full is so a thousand times. */
function onceEach(onProblem: (message: string) => void): TellProblem {
  const told = new Set<string>();
  return (cause, message) => {
    if (!told.has(cause)) onProblem(message);
    told.add(cause);
  };
}

function reportOf(
  { receiver, collection, parts, heard }: Reception & { readonly heard: Heard },
  { bundles, unsigned, refusals }: Written<UnsignedFile>,
  recordings: readonly RecordingReport[],
  { out, trust, whole }: ReceiveOptions,
): Omit<ReceiveReport, 'namesakes'> {
  const statuses = new Map(receiver.editions().map((status) => [bundleKey(status.edition), status]));
  return {
    out,
    bundles: bundles.map((bundle) => {
      const key = bundleKey(bundle.state);
      const earlier = (whole ? parts.completed : collection.earlier).get(key);
      const status = statuses.get(key);
      return bundleReport(bundle, status, earlier, status === undefined || heard.hasEdition(status));
    }),
    unsigned: unsigned.map(({ object: { object }, path, bytes }) => ({ object, path, bytes })),
    recordings,
    incomplete: incompleteObjects(receiver.objects(), heard.hasObject),
    sessions: collection.sessions,
    successions: collection.successions,
    trusted: trust.map(publisherId),
    untrusted: [...collection.untrusted],
    refusedSessions: [...collection.refusedSessions],
    refusals: [...collection.refusals, ...parts.refusals, ...refusals],
    hasRefusedEdition: parts.hasRefusedEdition,
    counters: { ...receiver.counters },
  };
}

/** What is written leaves the state; what an incomplete edition has stays there, for a run that completes it. */
async function giveBack(
  { receiver, collection, parts }: Reception,
  state: ReceiverState | undefined,
  { bundles }: ReceiveReport,
): Promise<void> {
  const complete = new Set(bundles.filter(({ isComplete }) => isComplete).map(bundleKey));
  const editions = [...collection.editions.values()];
  await parts.release(editions.filter(({ edition }) => !complete.has(bundleKey(edition))));
  for (const { content } of collection.unsigned) await content.release();
  const indices = receiver.objects().filter(({ object }) => object.kind === 'index');
  await receiver.close();
  for (const { object } of indices) {
    if (complete.has(bundleKey(object.edition!))) await state?.store.drop(object.id);
  }
}

/**
 * Reads all recordings, and once more when genuine datagrams may have been left out: as surplus, before forgeries were found,
 * or as those of a part that another bundle turned out to have as well.
 */
async function readAll(
  inputs: readonly RecordingInput[],
  { receiver, delivery, output, check, heard }: Reception & { readonly heard: Heard },
  { progress, schemes }: ReceiveOptions,
): Promise<RecordingReport[]> {
  const flowOf = createFlowReader();
  const take = async (datagrams: readonly UdpDatagram[]) => {
    for (const datagram of datagrams) {
      heard.take(datagram.payload);
      receiver.push(datagram.payload, flowOf(datagram));
    }
    await receiver.taken();
    check();
  };
  const read = async (stage: string, from: readonly RecordingInput[]) => {
    const reports: RecordingReport[] = [];
    progress.start(
      stage,
      from.reduce((sum, { size }) => sum + size, 0),
    );
    for (const input of from)
      reports.push(await readRecording(input, take, progress.read, (id) => schemes.has(id)));
    if (reports.every(({ isLeftOut }) => isLeftOut)) {
      throw new ReceiveError(reports.map(({ problem }) => problem).join('\n'));
    }
    await receiver.idle();
    await delivery.tried();
    check();
    return reports;
  };
  const reports = await read('Reading', inputs);
  const { counters } = receiver;
  const isIncomplete = receiver.objects().some(({ object, state }) => state === 'receiving' && object.sha256);
  // what was signed for an object that was not known yet counts as forged
  const isLate = isIncomplete && counters.forged > 0;
  const again = inputs.filter(({ isPipe }, i) => !isPipe && !reports[i]!.isLeftOut);
  if (again.length > 0 && (isLate || isShared(output.bundles()))) await read('Reading again', again);
  progress.end();
  return reports;
}

/** True when a bundle lacks a part that another one has. */
function isShared(bundles: readonly StandingBundle[]): boolean {
  const idOf = ({ publisher }: StandingBundle, { part }: PartState) => `${publisher} ${part.sha256}`;
  const inState = (wanted: PartState['state']) =>
    bundles.flatMap((bundle) =>
      bundle.parts.filter(({ state }) => state === wanted).map((part) => idOf(bundle, part)),
    );
  const there = new Set(inState('there'));
  return inState('missing').some((part) => there.has(part));
}
