import type { PartClass } from '../../../codecs/edition/index.js';
import { formatBytes, formatCount, formatNumber, formatShare } from '../../../codecs/text.js';
import type { Order } from '../../recording/schedule/order.js';
import { formatDuration, formatRate, shortRate } from '../../text.js';
import type { EditTimes } from '../edition/chances/edits.js';
import type { StageKind } from '../edition/chances/stages.js';
import type { Times } from '../edition/chances/times.js';
import type { EditionPlan, OrderPlan } from '../edition/plan-edition.js';
import type { EditionUnmet } from '../edition/unmet.js';
import { describeModel } from './describe-model.js';
import type { EditionSize } from './size.js';
import { describeTelevision, recordingSentences, type Television, televisionOptions } from './television.js';

const WIDTH = 12;

/** The options of `datacast encode` that realise a plan. */
export function encodeOptions(plan: EditionPlan, television?: Television): string {
  return [
    `--expect-loss ${chosen(plan).expectLoss}`,
    ...(plan.order === 'sequence' ? [] : [`--order ${plan.order}`]),
    ...airOptions(plan, television),
  ].join(' ');
}

/** Those of `datacast send`. */
function sendOptions(plan: EditionPlan, television?: Television): string {
  return [`--expect-loss ${plan.mixed.expectLoss}`, ...airOptions(plan, television)].join(' ');
}

function airOptions({ rate, mtu, authDepth }: EditionPlan, television?: Television): string[] {
  return [
    television === undefined ? `--rate ${shortRate(rate)}` : televisionOptions(television),
    ...(mtu === 1500 ? [] : [`--mtu ${mtu}`]),
    ...(authDepth === 0 ? [] : [`--auth-depth ${authDepth}`]),
  ];
}

/** The order that is chosen. */
function chosen({ order, sequence, mixed }: EditionPlan): OrderPlan {
  return (order === 'sequence' && sequence) || mixed;
}

/** The plan for operators. */
export function formatPlan(plan: EditionPlan, size: EditionSize, television?: Television): string {
  const { code } = plan;
  const { datagrams, repairPercent, expectLoss, airtime } = chosen(plan);
  const lines: [string, string][] = [
    [
      'Content',
      `${formatCount(plan.parts, 'part')}, ${formatBytes(plan.bytes)} with the index; ${origin(size)}`,
    ],
    ['Channel', describeModel(plan.model)],
    ...(television === undefined
      ? []
      : [['Carrier', describeTelevision(television, plan.rate)] satisfies [string, string]]),
    [
      'Code',
      `RaptorQ, K = ${formatCount(code.sourceSymbols, 'source symbol')} in ${formatCount(code.sourceBlocks, 'block')}, T = ${formatBytes(code.symbolSize)} at most`,
    ],
    ['Order', ORDERS[plan.order]],
    [
      'Repair',
      `${formatCount(datagrams.repair, 'symbol')}, ${formatNumber(Number(repairPercent.toFixed(1)))} % of the source symbols: for an expected loss of ${formatNumber(expectLoss)} %`,
    ],
    [
      'Datagrams',
      `${formatNumber(datagrams.total)}: ${formatNumber(datagrams.source)} source, ${formatNumber(datagrams.repair)} repair, ${formatNumber(datagrams.repeated)} repeated, ${formatNumber(datagrams.fdt)} file delivery table`,
    ],
    ['Airtime', `${formatDuration(airtime)} at ${formatRate(plan.rate)}`],
  ];
  const head = lines.map(([name, text]) => `${name.padEnd(WIDTH)}${text}\n`).join('');
  return `${head}\n${sentences(plan, television).join('\n')}\n\n${tables(plan)}${commands(plan, television)}`;
}

const ORDERS: Readonly<Record<Order, string>> = {
  sequence: 'sequence: one part after the other',
  mixed: 'mixed: all parts by turns after the front',
};

function commands(plan: EditionPlan, television: Television | undefined): string {
  if (plan.unmet !== undefined) return '';
  const [file, to] = television === undefined ? ['pcap', '--dest ADDR:PORT'] : ['ts', '--ts udp://ADDR:PORT'];
  const recording = `\nTo record it so:\n  datacast encode PATH --keys DIR --out FILE.${file} ${encodeOptions(plan, television)}\n`;
  const carousel = `\nTo keep it on the air:\n  datacast send PATH --keys DIR ${to} ${sendOptions(plan, television)}\n`;
  const hasWindows = plan.sequence === undefined;
  return hasWindows ? carousel : `${recording}${carousel}`;
}

function sentences(plan: EditionPlan, television: Television | undefined): string[] {
  const { probability } = chosen(plan);
  if (plan.unmet !== undefined) return unmetSentences(plan, plan.unmet);
  const what =
    plan.sequence === undefined
      ? `While the sender goes on, a receiver has everything ${plan.duration === undefined ? 'at some time' : `within ${formatDuration(plan.duration)}`}`
      : 'A receiver present from the start has everything at the end';
  return [
    `${what} with probability ${chance(probability)}.`,
    `Asked for was ${plan.confidence}: the plan meets it.`,
    ...(television === undefined ? [] : recordingSentences(plan)),
  ];
}

const STAGES: Readonly<Record<StageKind, string>> = {
  front: 'front',
  text: 'all text',
  picture: 'all pictures',
  sound: 'all sound',
  film: 'all film',
  other: 'all else',
  all: 'everything',
} satisfies Record<PartClass | 'all', string>;
const COLUMNS = [14, 17, 17, 17, 17];

/** When each class is there, for both orders. */
function tables(plan: EditionPlan): string {
  const at = `${formatShare(plan.confidence)} have it`;
  const orders = [
    ...(plan.sequence === undefined
      ? []
      : [{ name: 'in sequence', goesOn: 'joining, recording repeated', of: plan.sequence }]),
    { name: 'mixed', goesOn: 'joining datacast send', of: plan.mixed },
  ];
  return orders
    .map(({ name, goesOn, of }) => {
      const rows = of.stages.map(({ kind, fromStart, joining }) => [
        STAGES[kind],
        ...timesText(fromStart),
        ...timesText(joining),
      ]);
      return [
        row([name, 'from the start', '', goesOn, '']),
        row(['', 'on average', at, 'on average', at]),
        ...rows.map(row),
        ...(of.edits === undefined ? [] : editLines(of.edits, at)),
      ].join('\n');
    })
    .join('\n\n')
    .concat('\n');
}

function row(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(COLUMNS[i]!))
    .join('')
    .trimEnd();
}

function editLines({ share, edit, unchanged, everything }: EditTimes, at: string): string[] {
  if (share >= 1)
    return [
      `Edits take ${formatShare(share)} of the airtime: give a higher rate, or fewer or smaller edits.`,
    ];
  return [
    `with edits, which take ${formatShare(share)} of the airtime:`,
    row(['an edit', '', '', ...timesText(edit)]),
    row(['all else', '', '', ...timesText(unchanged)]),
    row(['everything', '', '', ...timesText(everything)]),
    ...(everything.atConfidence === undefined
      ? [
          `An edit takes longer to arrive than the next one to come: ${at.replace('have it', 'of receivers')} never have all at once for sure.`,
        ]
      : []),
  ];
}

/** What is beyond reckoning, or never comes. */
const UNKNOWN = '-';

function timesText({ expected, atConfidence }: Times): [string, string] {
  const text = (seconds: number | undefined) => (seconds === undefined ? UNKNOWN : formatDuration(seconds));
  return [text(expected), text(atConfidence)];
}

/** Why the goal is not met, and what would meet it. */
export function unmetSentences(
  { confidence, duration: allowed, model }: EditionPlan,
  unmet: EditionUnmet,
): string[] {
  const { probability, limit } = unmet;
  // Where the probability is a bound, receivers may do better than can be promised.
  const isBound = (model.model === 'all' ? model.of : [model]).some((each) => each.model !== 'bernoulli');
  const [met, is] = isBound ? ['promised', 'is at least'] : ['met', 'is'];
  if (limit === 'channel') {
    return [
      `The goal of ${confidence} cannot be ${met}: with no repair that was tried the probability reaches it, and with the one shown it ${is} ${chance(probability)}.`,
      'Losses of this kind need a longer transmission: keep it on the air with datacast send, or send the recording several times.',
    ];
  }
  const remedies = [
    ...(unmet.duration === undefined
      ? []
      : [`a duration of ${formatDuration(Math.ceil(unmet.duration))} at this rate`]),
    ...(unmet.rate === undefined ? [] : [`a rate of ${formatRate(roundUp(unmet.rate))} in this duration`]),
    ...(probability >= LEAST_CONFIDENCE ? [`a confidence of ${chance(probability)}`] : []),
  ];
  return [
    `The goal of ${confidence} cannot be ${met} within ${formatDuration(allowed!)}: the probability ${is} ${chance(probability)}.`,
    remedies.length === 0
      ? `No rate and no duration that was tried ${isBound ? 'can be promised to' : 'would'} meet it: the channel is too bad.`
      : `It would be met by ${remedies.join(', or by ')}.`,
  ];
}

/** A lower confidence is no advice. */
const LEAST_CONFIDENCE = 0.5;

function origin({ source, name }: EditionSize): string {
  switch (source) {
    case 'given':
      return 'as given, in parts as they usually are';
    case 'computed':
      return `computed: ${name} cut and compressed as datacast encode does`;
    case 'estimated':
      return `estimated: ${name} cut as datacast encode does and compressed quickly, so it is a little less`;
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
