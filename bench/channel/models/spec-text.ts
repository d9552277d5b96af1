import { ChannelError } from '../datagram.js';
import { ORBITS } from './orbit.js';
import { RAIN_BANDS } from './rain-fade.js';
import type { ChannelSpec } from './spec.js';

type Model = Exclude<ChannelSpec['model'], 'all'>;

/** One way of writing a model: the keys it needs and those it may have. */
interface Form {
  readonly needs: readonly string[];
  readonly may: readonly string[];
}

const EDGE = ['edgeLoss', 'edgeSeconds'];

/** The ways of writing each model. A later one is meant when its first key is there. */
const FORMS: Readonly<Record<Model, readonly [Form, ...Form[]]>> = {
  bernoulli: [{ needs: ['loss'], may: [] }],
  'gilbert-elliott': [{ needs: ['loss', 'burst'], may: [] }],
  'rain-fade': [
    { needs: ['band'], may: ['lossInFade'] },
    { needs: ['share', 'meanSeconds'], may: ['sigma', 'lossInFade'] },
  ],
  shadowing: [{ needs: ['share', 'meanSeconds'], may: [] }],
  'dvb-s2': [{ needs: ['loss', 'packetsPerFrame'], may: ['share'] }],
  pass: [
    { needs: ['orbit'], may: EDGE },
    { needs: ['periodSeconds', 'windowSeconds'], may: EDGE },
  ],
  recorder: [{ needs: ['loss'], may: ['burst', 'startSeconds', 'endSeconds', 'durationSeconds'] }],
  trace: [{ needs: ['path'], may: [] }],
};
const MODELS = Object.keys(FORMS) as Model[];

const SHARES = new Set(['loss', 'lossInFade', 'edgeLoss', 'share']);
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  band: Object.keys(RAIN_BANDS),
  orbit: Object.keys(ORBITS),
};

/** A plus sign belongs to a file name unless a model follows it. */
const NEXT_MODEL = new RegExp(`\\+(?=(?:${MODELS.join('|')})(?::|\\+|$))`);

/**
 * Reads a channel as a command line gives it: `model:key=value,key=value`, several models joined by `+`; probabilities
 * as `0.3` or `30%`.
 *
 * @throws ChannelError when the text is something else; whether the numbers fit together is for `prepareLossModel` to say
 */
export function parseChannelSpec(text: string): ChannelSpec {
  const parts = text.split(NEXT_MODEL).map(parseModel);
  return parts.length === 1 ? parts[0]! : { model: 'all', of: parts };
}

function parseModel(text: string): ChannelSpec {
  const [, name = '', , rest = ''] = /^([^:]*)(:(.*))?$/s.exec(text) ?? [];
  if (!isModel(name)) {
    throw new ChannelError(`"${name}" is no channel model; there are ${enumerate(MODELS)}.`);
  }
  const given = new Map<string, string>();
  for (const assignment of name === 'trace' ? [rest] : rest.split(',')) {
    if (assignment === '') continue;
    const at = assignment.indexOf('=');
    const key = at < 0 ? assignment : assignment.slice(0, at);
    if (at < 0) throw new ChannelError(`"${assignment}" in "${text}" has no value; write ${key}=VALUE.`);
    if (given.has(key)) throw new ChannelError(`"${text}" says ${key} twice.`);
    given.set(key, assignment.slice(at + 1));
  }
  const form = chooseForm(name, given);
  for (const key of given.keys()) {
    if (![...form.needs, ...form.may].includes(key)) {
      throw new ChannelError(`"${text}": ${describe(name)}, and no ${key} here.`);
    }
  }
  const missing = form.needs.find((key) => !given.has(key));
  if (missing !== undefined) throw new ChannelError(`"${text}" lacks ${missing}: ${describe(name)}.`);
  const values = [...given].map(([key, value]) => [key, parseValue(key, value, text)]);
  return { model: name, ...Object.fromEntries(values) };
}

const isModel = (name: string): name is Model => Object.hasOwn(FORMS, name);

function chooseForm(name: Model, given: ReadonlyMap<string, string>): Form {
  const forms = FORMS[name];
  return (
    forms.find(({ needs }) => given.has(needs[0]!)) ??
    forms.find(({ needs }) => needs.some((key) => given.has(key))) ??
    forms[0]
  );
}

/** What a model takes, as a sentence without its end. */
function describe(name: Model): string {
  const ways = FORMS[name].map(({ needs, may }) =>
    may.length === 0 ? enumerate(needs) : `${enumerate(needs)}, optionally ${enumerate(may)}`,
  );
  return `${name} takes ${ways.join('; or ')}`;
}

function parseValue(key: string, value: string, text: string): string | number {
  if (key === 'path') {
    if (value === '') throw new ChannelError(`"${text}" names no file; write path=FILE.`);
    return value;
  }
  const choices = CHOICES[key];
  if (choices !== undefined) {
    if (choices.includes(value)) return value;
    throw new ChannelError(`The ${key} in "${text}" is "${value}"; there are ${enumerate(choices)}.`);
  }
  const isPercent = SHARES.has(key) && value.endsWith('%');
  const digits = isPercent ? value.slice(0, -1) : value;
  const number = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits) ? Number(digits) : Number.NaN;
  const wanted = SHARES.has(key) ? 'a probability like 0.3 or 30%' : 'a number, 0 or more';
  const scaled = isPercent ? number / 100 : number;
  if (!Number.isFinite(scaled) || (SHARES.has(key) && scaled > 1)) {
    throw new ChannelError(`The ${key} in "${text}" is "${value}"; ${wanted} is needed.`);
  }
  return scaled;
}

function enumerate(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** The text that `parseChannelSpec` reads as this channel. */
export function formatChannelSpec(spec: ChannelSpec): string {
  if (spec.model === 'all') return spec.of.map(formatChannelSpec).join('+');
  const { model, ...parameters } = spec;
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return `${model}:${given.map(([key, value]) => `${key}=${value}`).join(',')}`;
}
