import type { Rules } from '../../send/multiplex/timetable.js';
import { createEffort } from '../completion/effort.js';
import { cutSeconds } from '../completion/reception.js';
import type { Carousel, Pass } from '../edition/carousel.js';
import { listenTo, NEVER, type StageKind, stageKinds } from '../edition/chances/stages.js';
import { soonerOf, type Times } from '../edition/chances/times.js';
import type { Channel } from '../question/model.js';
import { allPasses, endOfPass } from './once.js';
import type { PassTimes } from './shares.js';

/** What receivers may expect that listen from the first datagram of some passes to the last. Seconds. */
export interface OncePlan {
  readonly listening: 'from the start';
  /** Passes that are sent before the bundle is withdrawn. */
  readonly passes: number;
  /** When the last of them is sent, at most. */
  readonly end: number;
  /** The front, each class, and everything: after the first of the passes by whose end so many have it as the confidence says. */
  readonly stages: readonly { readonly kind: StageKind; readonly fromStart: Pick<Times, 'atConfidence'> }[];
  /** That everything is there at the end. */
  readonly probability: number;
}

interface Listening {
  readonly pass: PassTimes;
  readonly order: Pass['order'];
  readonly channel: Channel;
  readonly confidence: number;
}

/** More ends of passes are not looked at, but for the last. */
const MOST_PASSES = 64;

/** A bundle that has only so many passes. Through windows nothing is promised of it. */
export function planOnce(
  carousel: Carousel,
  rules: Rules & { readonly passes: number },
  { pass, order, channel, confidence }: Listening,
): OncePlan {
  const { start, expires, pause = 0 } = rules;
  const time =
    start === undefined || expires === undefined ? Number.POSITIVE_INFINITY : (expires - start) / 1000;
  const silence = pause / 1000;
  const passes = Math.min(rules.passes, Math.floor((time + silence) / (pass.most + silence)));
  const once = { passes, pause: silence };
  const late = carousel.repetitionSeconds;
  // In their first pass new parts come one by one.
  const sent = carousel.sent({ order: order === 'mixed' ? 'one by one' : order, ...pass, isAlone: true });
  const kinds = stageKinds(sent.airings);
  const end = passes === 0 ? 0 : endOfPass(once, pass.most, passes);
  if (passes === 0 || channel.structure?.model === 'pass') {
    const stages = kinds.map((kind) => ({ kind, fromStart: NEVER }));
    return { listening: 'from the start', passes, end, stages, probability: 0 };
  }
  const air = allPasses(sent, once, pass, late);
  const effort = createEffort();
  const { receptionOf } = listenTo(air, channel, effort);
  const cut = cutSeconds(channel, 0);
  const begin = cut.start === 0 ? 0 : cut.start + air.late;
  /** At the last end the index and the tables have come once more. */
  const chanceAt = (kind: StageKind, passesSent: number) => {
    const until = endOfPass(once, pass.most, passesSent) + late + air.late;
    return receptionOf(kind)(begin, passesSent === passes ? 2 * until : until);
  };
  const ends = Array.from({ length: Math.min(passes, MOST_PASSES) }, (_, i) => i + 1);
  if (passes > MOST_PASSES) ends.push(passes);
  const afterPass = (kind: StageKind) => {
    const first = effort.attempt(() => ends.find((each) => chanceAt(kind, each) >= confidence));
    return first && endOfPass(once, pass.most, first) + cut.end;
  };
  const everything = afterPass('all');
  const earlierOf = (kind: StageKind) =>
    kind === 'all' ? everything : soonerOf(afterPass(kind), everything);
  return {
    listening: 'from the start',
    passes,
    end,
    stages: kinds.map((kind) => ({ kind, fromStart: { atConfidence: earlierOf(kind) } })),
    probability: effort.attempt(() => chanceAt('all', passes)) ?? 0,
  };
}
