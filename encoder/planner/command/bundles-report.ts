import { timeOf } from '../../../codecs/edition/index.js';
import { widthOf } from '../../../codecs/node/terminal/width.js';
import { formatBytes, formatCount, formatShare } from '../../../codecs/text.js';
import { formatDuration, formatRate } from '../../text.js';
import type { BundlePlan, BundlesPlan } from '../bundles/plan-bundles.js';
import type { StageKind } from '../edition/chances/stages.js';
import type { PlanModel } from '../question/model.js';
import { describeModel } from './describe-model.js';

const HEADINGS = ['bundle', 'compressed', 'on the air', 'a pass', 'front', 'all text', 'everything'];
const STAGES = ['front', 'text', 'all'] as const;
/** Spaces between columns. */
const GAP = '  ';

/** A bundle of a channel file that is not planned, and a sentence why. */
export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/**
 * The plan of a channel for operators.
 *
 * @param now Unix milliseconds
 */
export function formatBundles(plan: BundlesPlan, leftOut: readonly LeftOut[], now: number): string {
  const { bundles, confidence } = plan;
  const share = formatShare(confidence);
  const joining = bundles.filter(({ listening }) => listening === 'from any moment');
  const started = bundles.filter(({ listening }) => listening === 'from the start');
  const areAllAlways = joining.every((bundle) => isAlways(bundle));
  const silences = areAllAlways ? '' : ', silences included';
  const table = (heading: string, some: readonly BundlePlan[]) =>
    some.length === 0 ? [] : ['', heading, ...formatTable([HEADINGS, ...some.map(rowOf)])];
  const notes = [
    ...bundles.flatMap((bundle) => notesOf(bundle, plan, now).map((note) => `${bundle.name}: ${note}`)),
    ...leftOut.map(({ name, why }) => `${name}: ${why}`),
  ];
  return [
    `Channel     ${describeModel(plan.model)}`,
    `On the air  ${formatCount(bundles.length, 'bundle')} at ${formatRate(plan.rate)}`,
    ...(bundles.length === 1
      ? []
      : ['Times       are for the worst case: all are on the air that may be on the air together']),
    ...table(`Whoever joins at any moment has it after, ${share} of them${silences}:`, joining),
    ...table(`Whoever listens from its first datagram to its last has it after, ${share} of them:`, started),
    ...(notes.length > 0 ? ['', ...notes] : []),
    '',
  ].join('\n');
}

/** The bundles of which not everything surely arrives while they are on the air. */
export function shortOf({ bundles }: BundlesPlan): BundlePlan[] {
  return bundles.filter((bundle) => {
    const everything = timeUntil(bundle, 'all');
    return everything === undefined || everything > lifeOf(bundle);
  });
}

function timeUntil(bundle: BundlePlan, wanted: StageKind): number | undefined {
  return bundle.listening === 'from any moment'
    ? bundle.stages.find(({ kind }) => kind === wanted)?.joining.atConfidence
    : bundle.stages.find(({ kind }) => kind === wanted)?.fromStart.atConfidence;
}

/** Seconds from the start of a bundle to its end. */
function lifeOf({ rules: { start, expires } }: BundlePlan): number {
  return start === undefined || expires === undefined ? Number.POSITIVE_INFINITY : (expires - start) / 1000;
}

const isAlways = (bundle: BundlePlan) =>
  bundle.listening === 'from any moment' && bundle.rounds === undefined;

function rowOf(bundle: BundlePlan): string[] {
  const within = (wanted: StageKind) => {
    if (!bundle.stages.some(({ kind }) => kind === wanted)) return 'none';
    const seconds = timeUntil(bundle, wanted);
    return seconds === undefined ? '-' : formatDuration(seconds);
  };
  return [
    bundle.name,
    formatBytes(bundle.bytes),
    onAirOf(bundle),
    formatDuration(bundle.pass),
    ...STAGES.map(within),
  ];
}

function onAirOf(bundle: BundlePlan): string {
  const { every, passes = 1, pause = 0 } = bundle.rules;
  const counted = (count: number, when: string) =>
    `${formatCount(count, 'pass', 'passes')} ${when}${count > 1 && pause > 0 ? `, ${plainDuration(pause)} between` : ''}`;
  if (bundle.listening === 'from the start') return counted(bundle.passes, 'in all');
  if (isAlways(bundle)) return 'always';
  return every === undefined
    ? `with pauses of ${plainDuration(pause)}`
    : counted(passes, `every ${plainDuration(every)}`);
}

/** A duration of the channel file: `10 min`, `1 h 30 min`. @param milliseconds */
function plainDuration(milliseconds: number): string {
  return formatDuration(milliseconds / 1000).replace(/( 00 min)? 00 s$|\.0(?= s$)/, '');
}

/** What else is to be known of a bundle, in sentences. */
function notesOf(bundle: BundlePlan, plan: BundlesPlan, now: number): string[] {
  const { start, expires, every } = bundle.rules;
  const everything = timeUntil(bundle, 'all');
  const moment = (time: number) => timeOf(Math.floor(time / 1000));
  const notes: string[] = [];
  if (start !== undefined && start > now)
    notes.push(`it starts at ${moment(start)}; all times count from then on.`);
  if (bundle.listening === 'from any moment') {
    const round = bundle.rounds?.most ?? (bundle.rules.passes ?? 1) * bundle.pass;
    if (every !== undefined && round > every / 1000) {
      const soonest =
        bundle.rounds === undefined ? 'it is on the air all the time' : 'the next one follows at once';
      notes.push(
        `a round takes up to ${formatDuration(round)}, longer than every (${plainDuration(every)}): then ${soonest}.`,
      );
    }
    if (expires !== undefined && everything !== undefined && everything <= lifeOf(bundle)) {
      notes.push(
        `it expires at ${moment(expires)}: whoever joins less than ${formatDuration(everything)} before may not get everything.`,
      );
    }
  }
  return [...notes, ...shortNotes(bundle, everything, plan)];
}

function shortNotes(
  bundle: BundlePlan,
  everything: number | undefined,
  { bundles, confidence, model }: BundlesPlan,
): string[] {
  const share = formatShare(confidence);
  const isAlone = bundles.length === 1;
  switch (bundle.unplanned) {
    case 'silences through windows':
      return ['no time is promised: its silences and the windows may miss each other for long.'];
    case 'sequence through windows':
      return [
        'no time is promised: parts that are sent between two windows are lost. Give it the order mixed.',
      ];
  }
  if (bundle.listening === 'from the start') {
    if (everything !== undefined)
      return [`${formatShare(bundle.probability)} of them have everything after its last pass.`];
    if (bundle.passes === 0)
      return [
        `not one pass of it is sent before it expires. Give it more time${isAlone ? '' : ' or a larger weight'}.`,
      ];
    const reached = `after ${formatCount(bundle.passes, 'pass', 'passes')} ${formatShare(bundle.probability)} have everything, not ${share}.`;
    return [`${reached} Give it more passes, or more repair (expect-loss).`];
  }
  if (everything === undefined) {
    const advice =
      hasFades(model) && bundle.rounds !== undefined
        ? SILENCES_IN_FADES
        : `Give ${isAlone ? '' : 'it a larger weight, or '}the channel a higher rate.`;
    return [`no time was found within which ${share} have everything. ${advice}`];
  }
  if (everything <= lifeOf(bundle)) return [];
  // What takes many passes waits for tables, index and losses, which no airtime of others shortens.
  const canGain = !isAlone && bundle.rounds === undefined && everything < MANY_PASSES * bundle.pass;
  return [
    `it is on the air for ${formatDuration(lifeOf(bundle))} in all, and whoever joins needs ${formatDuration(everything)}. Let it expire later${canGain ? ', or give it a larger weight' : ''}.`,
  ];
}

const MANY_PASSES = 5;
const SILENCES_IN_FADES =
  'Fades may last as long as its silences, and both together are beyond what is reckoned here: leave out every and pause, or try it by simulation.';

function hasFades(model: PlanModel): boolean {
  return (model.model === 'all' ? model.of : [model]).some(
    (each) => each.model === 'rain-fade' || each.model === 'shadowing',
  );
}

/** Columns as wide as what is in them. */
function formatTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => widthOf(row[i]!))));
  return rows.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat(widths[i]! - widthOf(cell)))
      .join(GAP)
      .trimEnd(),
  );
}
