import { timeOf } from '../../../codecs/edition/index.js';
import { widthOf } from '../../../codecs/node/terminal/width.js';
import { formatBytes, formatCount, formatPercent } from '../../../codecs/text.js';
import { formatDuration, formatRate } from '../../text.js';
import type { BundlePlan, BundlesPlan } from '../bundles/plan-bundles.js';
import type { StageKind } from '../edition/chances/stages.js';
import { describeModel } from './describe-model.js';

const HEADINGS = ['bundle', 'compressed', 'on the air', 'a pass', 'front', 'all text', 'everything'];
const STAGES = ['front', 'text', 'all'] as const;
/** Spaces between columns. */
const GAP = '  ';

/** The plan of a channel for operators. */
export function formatBundles(plan: BundlesPlan): string {
  const { bundles, confidence } = plan;
  const share = formatPercent(confidence, 1);
  const joining = bundles.filter(({ listening }) => listening === 'from any moment');
  const started = bundles.filter(({ listening }) => listening === 'from the start');
  const areAllAlways = joining.every((bundle) => isAlways(bundle));
  const silences = areAllAlways ? '' : ', silences included';
  const table = (heading: string, some: readonly BundlePlan[]) =>
    some.length === 0 ? [] : ['', heading, ...formatTable([HEADINGS, ...some.map(rowOf)])];
  const notes = bundles.flatMap((bundle) =>
    notesOf(bundle, confidence).map((note) => `${bundle.name}: ${note}`),
  );
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
function notesOf(bundle: BundlePlan, confidence: number): string[] {
  const { start, expires, every } = bundle.rules;
  const everything = timeUntil(bundle, 'all');
  const moment = (time: number) => timeOf(Math.floor(time / 1000));
  const notes: string[] = [];
  if (start !== undefined) notes.push(`it starts at ${moment(start)}; all times count from then on.`);
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
  return [...notes, ...shortNotes(bundle, everything, confidence)];
}

function shortNotes(bundle: BundlePlan, everything: number | undefined, confidence: number): string[] {
  const share = formatPercent(confidence, 1);
  switch (bundle.unplanned) {
    case 'silences through windows':
      return ['no time is promised: its silences and the windows may miss each other for long.'];
    case 'sequence through windows':
      return [
        'no time is promised: parts that are sent between two windows are lost. Give it the order mixed.',
      ];
  }
  if (bundle.listening === 'from the start') {
    if (everything !== undefined) return [];
    if (bundle.passes === 0)
      return ['not one pass of it is sent before it expires. Give it more time or a larger weight.'];
    const reached = `after ${formatCount(bundle.passes, 'pass', 'passes')} ${formatPercent(bundle.probability, 1)} have everything, not ${share}.`;
    return [`${reached} Give it more passes, or more repair (expect-loss).`];
  }
  if (everything === undefined) {
    return [
      `no time was found within which ${share} have everything. Give it a larger weight, or the channel a higher rate.`,
    ];
  }
  if (everything <= lifeOf(bundle)) return [];
  return [
    `it is on the air for ${formatDuration(lifeOf(bundle))} in all, and whoever joins needs ${formatDuration(everything)}. Let it expire later, or give it a larger weight.`,
  ];
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
