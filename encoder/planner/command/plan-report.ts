import { formatBytes, formatCount, formatNumber, formatPercent } from '../../../codecs/text.js';
import { formatDuration, formatRate } from '../../text.js';
import type { PlanModel } from '../question/model.js';
import type { Plan, Unmet } from '../search/plan.js';
import type { ObjectSize } from './size.js';

/** The largest repair that `datacast encode` takes. */
const MOST_REPAIR_PERCENT = 100_000;
const WIDTH = 12;

/** The options of `datacast encode` that realise a plan, or undefined when it takes no such repair. */
export function encodeOptions(plan: Plan): string | undefined {
  const { repairPercent } = plan.code;
  if (repairPercent > MOST_REPAIR_PERCENT) return undefined;
  return [
    `--repair ${repairPercent}`,
    `--rate ${shortRate(plan.rate)}`,
    ...(plan.mtu === 1500 ? [] : [`--mtu ${plan.mtu}`]),
    ...(plan.authDepth === 0 ? [] : [`--auth-depth ${plan.authDepth}`]),
  ].join(' ');
}

/** The plan for operators. */
export function formatPlan(plan: Plan, size: ObjectSize): string {
  const { code, datagrams } = plan;
  const lines: [string, string][] = [
    ['Object', `${formatBytes(plan.transferLength)}, ${origin(size)}`],
    ['Channel', describeModel(plan.model)],
    [
      'Code',
      `RaptorQ, K = ${formatCount(code.sourceSymbols, 'source symbol')} in Z = ${formatCount(code.sourceBlocks, 'block')}, T = ${formatBytes(code.symbolSize)}`,
    ],
    [
      'Repair',
      `${formatCount(code.repairSymbols, 'symbol')}, ${formatNumber(code.repairPercent)} % of the source symbols`,
    ],
    [
      'Datagrams',
      `${formatNumber(datagrams.total)}: ${formatNumber(datagrams.source)} source, ${formatNumber(datagrams.repair)} repair, ${formatNumber(datagrams.fdt)} file delivery table`,
    ],
    ['Passes', formatNumber(plan.passes)],
    ['Airtime', `${formatDuration(plan.airtime)} at ${formatRate(plan.rate)}`],
  ];
  const head = lines.map(([name, text]) => `${name.padEnd(WIDTH)}${text}\n`).join('');
  return `${head}\n${sentences(plan).join('\n')}\n${command(plan)}`;
}

function command(plan: Plan): string {
  const options = encodeOptions(plan);
  if (options === undefined) {
    return `\nThis is more than ${formatNumber(MOST_REPAIR_PERCENT)} % of repair, which datacast encode does not take: send at a lower rate.\n`;
  }
  const isLate = plan.duration !== undefined && plan.airtime > plan.duration;
  return isLate ? '' : `\nTo send it so:\n  datacast encode PATH --keys DIR --out FILE.pcap ${options}\n`;
}

function sentences(plan: Plan): string[] {
  const { fromStart, joining, confidence, unmet } = plan;
  const text: string[] = [];
  if (plan.passes > 1) {
    text.push(
      `The object goes out with ${formatNumber(plan.code.repairPercent)} % of repair, as much as ${plan.passes} passes of a carousel; no symbol is sent twice, so any will do.`,
    );
  }
  text.push(
    `A receiver present from the start completes with probability ${chance(fromStart.probability)}${
      fromStart.expectedSeconds === undefined
        ? '.'
        : `, on average after ${formatDuration(fromStart.expectedSeconds)}.`
    }`,
    `One that joins at a random moment completes before the end with probability ${chance(joining.probability)}; ${
      joining.expectedSeconds === undefined
        ? 'how long it would take if the sender went on is beyond reckoning.'
        : `if the sender goes on with fresh symbols, it completes ${formatDuration(joining.expectedSeconds)} after joining, on average.`
    }`,
  );
  if (unmet !== undefined) text.push(...unmetSentences(plan, unmet));
  else if (plan.withinDuration !== undefined && plan.duration! > plan.airtime) {
    text.push(
      `Of the ${formatDuration(plan.duration!)} allowed, ${formatDuration(plan.duration! - plan.airtime)} are left; filled with fresh repair they raise the probability to ${chance(plan.withinDuration)}.`,
    );
  }
  if (unmet === undefined) text.push(`Asked for was ${confidence}: the plan meets it.`);
  return text;
}

/** Why the goal is not met, and what would meet it. */
export function unmetSentences(
  { confidence, duration: allowed, fromStart, withinDuration }: Plan,
  unmet: Unmet,
): string[] {
  if (unmet.limit === 'symbols') {
    return [
      `The goal of ${confidence} cannot be met: a source block has no more symbols than these (24 bits number them), and they give ${chance(fromStart.probability)}. ` +
        'A lower rate stretches them over more time; a lower confidence needs fewer.',
    ];
  }
  const reached = withinDuration ?? 0;
  const remedies = [
    ...(unmet.duration === undefined
      ? []
      : [`a duration of ${formatDuration(Math.ceil(unmet.duration))} at this rate`]),
    ...(unmet.rate === undefined ? [] : [`a rate of ${formatRate(roundUp(unmet.rate))} in this duration`]),
    ...(reached >= LEAST_CONFIDENCE ? [`a confidence of ${chance(reached)}`] : []),
  ];
  return [
    `The goal of ${confidence} cannot be met within ${formatDuration(allowed!)}: the probability is ${chance(reached)}.`,
    remedies.length === 0
      ? 'No rate and no duration that was tried would meet it: the channel is too bad.'
      : `It would be met by ${remedies.join(', or by ')}.`,
  ];
}

/** A lower confidence is no advice. */
const LEAST_CONFIDENCE = 0.5;

function origin({ source, name }: ObjectSize): string {
  switch (source) {
    case 'given':
      return 'as given';
    case 'computed':
      return `computed: ${name} packed and compressed as datacast encode does`;
    case 'estimated':
      return `estimated: ${name} compressed quickly, so datacast encode makes a little less of it`;
  }
}

function describeModel(model: PlanModel): string {
  switch (model.model) {
    case 'bernoulli':
      return `independent loss of ${formatPercent(model.loss, 1)}`;
    case 'gilbert-elliott':
      return `loss of ${formatPercent(model.loss, 1)} in bursts of ${formatCount(model.burst, 'datagram')} on average`;
    case 'rain-fade':
      return `fades during ${formatPercent(model.share, 1)} of the time, ${formatDuration(model.meanSeconds)} long on average`;
    case 'pass':
      return `windows of ${formatDuration(model.windowSeconds)} every ${formatDuration(model.periodSeconds)}`;
    case 'recorder': {
      const { loss, burst, startSeconds = 0, endSeconds = 0 } = model;
      const bursts = burst === undefined ? '' : ` in bursts of ${formatNumber(burst)} on average`;
      const cuts =
        startSeconds + endSeconds === 0
          ? ''
          : `; ${formatDuration(startSeconds)} at the beginning and ${formatDuration(endSeconds)} at the end are missing`;
      return `a recorder that loses ${formatPercent(loss, 1)} of the transport stream packets${bursts}${cuts}`;
    }
    case 'all':
      return model.of.map(describeModel).join(', and ');
  }
}

/** A probability, rounded down so that it is not promised too high. */
function chance(probability: number): string {
  if (probability === 0 || probability === 1) return String(probability);
  if (probability < 1e-4) return 'below 0.0001';
  const digits = Math.min(9, Math.max(3, 2 - Math.floor(Math.log10(1 - probability))));
  return String(Math.floor(probability * 10 ** digits) / 10 ** digits);
}

/** Up to three digits. */
function roundUp(value: number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) - 2);
  return Number((Math.ceil(value / unit - 1e-9) * unit).toPrecision(3));
}

/** 64000 as `64k`. */
function shortRate(bitsPerSecond: number): string {
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    const value = bitsPerSecond / size;
    if (value >= 1 && Number(value.toFixed(6)) === value) return `${value}${unit}`;
  }
  return String(bitsPerSecond);
}
