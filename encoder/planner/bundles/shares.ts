import type { ProgrammeShare } from '../../send/channel/channel.js';
import type { Rules } from '../../send/multiplex/timetable.js';
import type { Carousel } from '../edition/carousel.js';

/** What shares a rate with others. */
export interface Sharing {
  readonly carousel: Carousel;
  /** Airtime in proportion to the size, times this; above 0. */
  readonly weight: number;
  readonly rules: Rules;
  readonly programme?: ProgrammeShare | undefined;
}

/** Seconds of a pass. */
export interface PassTimes {
  /** While all others are sent that may be sent at that time. */
  readonly most: number;
  /** While all others are silent that may be silent. */
  readonly least: number;
}

/** How long passes of bundles take that share a rate as `datacast send` shares it. @param rate bits per second of IP packets */
export function passTimes(bundles: readonly Sharing[], rate: number): PassTimes[] {
  const bytesPerSecond = rate / 8;
  const repeated = (some: readonly Sharing[], isFrontToo: boolean) =>
    sumOf(
      some,
      ({ carousel: { repeated: each } }) => each.tables + each.index + (isFrontToo ? each.front : 0),
    );
  const left = bytesPerSecond - repeated(bundles, true);
  return bundles.map((bundle): PassTimes => {
    const { passBytes } = bundle.carousel;
    const shares = momentsOf(bundle, bundles).map((moment) =>
      leastShare(
        bundle,
        bundles.filter((other) => isOnAirAt(other, moment)),
        bundles,
      ),
    );
    const most = passBytes / (left * Math.min(...shares));
    const others = bundles.filter(
      (other) => other !== bundle && isAlways(other) && lastsAsLong(other, bundle),
    );
    const leftToFew = bytesPerSecond - repeated([bundle, ...others], false);
    const least = passBytes / (leftToFew * mostShare(bundle, others, bundles));
    return { most, least: Math.min(least, most) };
  });
}

const sumOf = <T>(values: readonly T[], of: (value: T) => number) =>
  values.reduce((sum, value) => sum + of(value), 0);
const size = ({ weight, carousel }: Sharing) => weight * carousel.passBytes;
const sizes = (bundles: readonly Sharing[]) => sumOf(bundles, size);
const nameOf = ({ programme }: Sharing) => programme?.name;
const weightOf = ({ programme }: Sharing) => programme?.weight ?? 1;
const ofProgramme = (bundles: readonly Sharing[], name: string | undefined) =>
  bundles.filter((each) => nameOf(each) === name);
const startOf = ({ rules }: Sharing) => rules.start ?? Number.NEGATIVE_INFINITY;
const endOf = ({ rules }: Sharing) => rules.expires ?? Number.POSITIVE_INFINITY;
const isOnAirAt = (bundle: Sharing, moment: number) => startOf(bundle) <= moment && moment < endOf(bundle);
const isAlways = ({ rules: { passes, every, pause = 0 } }: Sharing) =>
  passes === undefined && every === undefined && pause === 0;
const lastsAsLong = (other: Sharing, bundle: Sharing) =>
  startOf(other) <= startOf(bundle) && endOf(other) >= endOf(bundle);

/** Moments between the start and the end of a bundle at which others begin: at one of them most are on the air. */
function momentsOf(bundle: Sharing, bundles: readonly Sharing[]): number[] {
  return [...new Set(bundles.map(startOf))].filter(
    (moment) => moment === startOf(bundle) || isOnAirAt(bundle, moment),
  );
}

/** Of what passes have, as long as all of its own programme are there. */
function leastShare(bundle: Sharing, onAir: readonly Sharing[], bundles: readonly Sharing[]): number {
  const own = nameOf(bundle);
  const perByte = weightOf(bundle) / sizes(ofProgramme(bundles, own));
  const others = new Map(
    onAir.filter((each) => nameOf(each) !== own).map((each) => [nameOf(each), weightOf(each)]),
  );
  const all = perByte * sizes(ofProgramme(onAir, own)) + sumOf([...others.values()], (weight) => weight);
  return (perByte * size(bundle)) / all;
}

/** Beside so few others, when of its own programme all have gone that may go. */
function mostShare(bundle: Sharing, others: readonly Sharing[], bundles: readonly Sharing[]): number {
  const isThere = (each: Sharing) =>
    each === bundle ||
    (lastsAsLong(each, bundle) && (each.rules.passes === undefined || each.rules.every !== undefined));
  const own = nameOf(bundle);
  const perByte = weightOf(bundle) / sizes(ofProgramme(bundles, own).filter(isThere));
  const all = sumOf(others, (other) =>
    nameOf(other) === own
      ? perByte * size(other)
      : (weightOf(other) * size(other)) / sizes(ofProgramme(bundles, nameOf(other))),
  );
  return (perByte * size(bundle)) / (perByte * size(bundle) + all);
}
