import { isDiskFull } from '../../codecs/disk-full.js';
import { formatSequence, PART_CLASSES } from '../../codecs/edition/index.js';
import { describeError } from '../../codecs/node/command.js';
import { printable } from '../../codecs/text.js';
import type { DeliveryEvents } from '../delivery/delivery.js';
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
 * @param giveWay asked for room on a full disk: what is complete matters more than what is not
 */
export function createDeliveryEvents(
  onEvent: OnListenEvent,
  tellProblem: TellProblem,
  giveWay: (bytes: number) => void,
) {
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
    failed({ publisher, name }, error, part) {
      if (isDiskFull(error)) giveWay(RECORD_BYTES + (part?.unpacked ?? 0));
      const message = `${printable(name)} cannot be written now and will be tried again: ${describeError(error)}`;
      tellProblem(`failed ${publisher} ${name}`, message);
    },
    async done({ part, content }) {
      try {
        await content.release();
      } catch (error) {
        const message = `What was received of ${nameOfPart(part)} could not be removed: ${describeError(error)}`;
        tellProblem('release', message);
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
