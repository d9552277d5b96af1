import { isDiskFull } from '../../codecs/disk-full.js';
import { formatSequence, PART_CLASSES } from '../../codecs/edition/index.js';
import { describeError } from '../../codecs/node/command.js';
import { printable } from '../../codecs/text.js';
import type { DeliveryEvents, PartArrival } from '../delivery/delivery.js';
import type { KnownEdition } from '../engine/ports/events.js';
import { nameOfPart } from '../files/bundle-state.js';
import type { TellProblem } from '../state/state.js';
import { editionName } from './edition-progress.js';
import type { ListenEvent, OnListenEvent } from './events.js';

/** More than the record of an edition takes. */
const RECORD_BYTES = 1 << 20;

/**
 * What whoever runs a receiver is told of what is written.
 *
 * @param store where it shares the disk with the output: it makes room on a full one, since what is complete matters more than what is not
 */
export function createDeliveryEvents(
  onEvent: OnListenEvent,
  tellProblem: TellProblem,
  store: { giveWay(bytes: number): void } | undefined,
) {
  /** Parts that found no room once. */
  const tried = new WeakSet<PartArrival>();

  const tellRelease = ({ part }: PartArrival, error: unknown) =>
    tellProblem(
      'release',
      `What was received of ${nameOfPart(part)} could not be removed: ${describeError(error)}`,
    );

  /** A part that finds no room twice gives up its own datagrams: when all is complete, nothing else makes room. */
  function makeRoom(arrival: PartArrival | undefined): void {
    if (store === undefined) return;
    store.giveWay(RECORD_BYTES + (arrival?.part.unpacked ?? 0));
    if (arrival === undefined) return;
    if (tried.has(arrival)) arrival.content.giveWay().catch((error: unknown) => tellRelease(arrival, error));
    tried.add(arrival);
  }

  const counts = { parts: 0, complete: 0 };
  const events: DeliveryEvents = {
    written({ sha256, label, class: partClass }, { files, bytes }, bundle) {
      counts.parts++;
      const { path, isHidden } = bundle;
      const of = { ...editionName(bundle), part: sha256, label, class: partClass };
      onEvent({ type: 'part', ...of, files, bytes, path, isHidden });
    },
    complete(bundle) {
      counts.complete++;
      const { path, files, bytes } = bundle;
      onEvent({ type: 'complete', ...editionName(bundle), path, files: files.of, bytes: bytes.of });
    },
    refused(edition, why, part) {
      const { bundle, sequence } = editionName(edition);
      const what = part === undefined ? 'is signed, but not written' : 'is signed, but a part is not written';
      tellProblem(
        `refused ${edition.publisher} ${bundle}`,
        `${bundle}, edition ${formatSequence(sequence)}, ${what}: ${why}`,
      );
    },
    failed({ publisher, name }, error, arrival) {
      if (isDiskFull(error)) makeRoom(arrival);
      const message = `${printable(name)} cannot be written now and will be tried again: ${describeError(error)}`;
      tellProblem(`failed ${publisher} ${name}`, message);
    },
    async done(arrival) {
      try {
        await arrival.content.release();
      } catch (error) {
        tellRelease(arrival, error);
      }
    },
  };
  return { events, counts };
}

/** All that there will be of an edition. */
export function editionEvent({ edition, index: { parts } }: KnownEdition): ListenEvent {
  const sum = (chosen: typeof parts, measure: (part: (typeof parts)[number]) => number) =>
    chosen.reduce((total, part) => total + measure(part), 0);
  const classes = PART_CLASSES.map((partClass) => {
    const members = parts.filter((part) => part.class === partClass);
    return { class: partClass, parts: members.length, files: sum(members, ({ files }) => files) };
  });
  return {
    type: 'edition',
    ...editionName(edition),
    parts: parts.length,
    files: sum(parts, ({ files }) => files),
    bytes: sum(parts, ({ unpacked }) => unpacked),
    transferBytes: sum(parts, ({ bytes }) => bytes),
    classes: classes.filter((each) => each.parts > 0),
  };
}
