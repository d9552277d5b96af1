import { dirname, resolve } from 'node:path';
import { type Document, isMap, isNode, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { formatCount, printable } from '../../../codecs/text.js';
import { CHANNEL_DEFAULTS, type Channel, type ChannelBundle, type StreamLink } from './channel.js';
import { type BundleText, type ChannelText, channelSchema, type ProgrammeText } from './channel-schema.js';
import { isNestedDeeper } from './nesting.js';

/** A channel file that cannot be used; the message names file and line. */
export class ChannelFileError extends Error {
  override readonly name = 'ChannelFileError';
}

/** Nobody writes longer ones by hand. */
export const MAX_CHANNEL_BYTES = 1024 * 1024;
/** Lists and mappings in each other; a channel needs four. */
const MAX_NESTING = 32;
/** Mistakes that are told. */
const MAX_MISTAKES = 20;

/**
 * Reads a channel file (YAML 1.2).
 *
 * @param path for messages, and paths in the file are relative to its directory
 * @throws ChannelFileError with its mistakes, one a line, twenty at most
 */
export function parseChannelFile(text: string, path: string): Channel {
  if (text.length > MAX_CHANNEL_BYTES)
    throw new ChannelFileError(`${path} has more than ${MAX_CHANNEL_BYTES} characters.`);
  if (isNestedDeeper(text, MAX_NESTING)) {
    throw new ChannelFileError(`${path} has more than ${MAX_NESTING} lists and mappings in each other.`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (offset: number | undefined, message: string) =>
    `${path}, line ${offset === undefined ? 1 : lines.linePos(offset).line}: ${message}`;
  if (document.errors.length > 0) {
    throw mistaken(
      path,
      document.errors.map(({ pos, code, message }) =>
        at(
          pos[0],
          code === 'MULTIPLE_DOCS' ? 'A channel file is one document: remove this line.' : sentence(message),
        ),
      ),
    );
  }
  const plain = asPlain(document, path);
  const parsed = channelSchema.safeParse(plain, { reportInput: true });
  const problems = [...missing(plain), ...(parsed.error?.issues.flatMap(problemsOf) ?? [])];
  if (!parsed.success || problems.length > 0) {
    throw mistaken(
      path,
      problems.map(({ place, message }) => at(offsetOf(document, place), message)),
    );
  }
  const { dest, ts, rate, iface, ttl, mtu, 'auth-depth': depth, burst, programmes } = parsed.data;
  const bundles = bundlesOf(parsed.data);
  const mistakes = [
    ...programmeMistakes(parsed.data),
    ...bundles.flatMap((each, index) => contradictions(each, bundles.slice(0, index))),
  ];
  if (mistakes.length > 0) {
    throw mistaken(
      path,
      mistakes.map(({ place, message }) => at(offsetOf(document, place), `${pathText(place)}: ${message}`)),
    );
  }
  return {
    link: {
      destinations: dest ?? [],
      stream: ts && streamFrom(ts, programmes, dirname(path)),
      iface,
      ttl,
      burst,
      mtu: mtu ?? CHANNEL_DEFAULTS.mtu,
      authDepth: depth ?? CHANNEL_DEFAULTS.authDepth,
    },
    rate,
    tableInterval: parsed.data['fdt-interval'] ?? CHANNEL_DEFAULTS.tableInterval,
    watchInterval: parsed.data.watch ?? CHANNEL_DEFAULTS.watchInterval,
    settle: parsed.data.settle ?? CHANNEL_DEFAULTS.settle,
    bundles: bundles.map((placed) => bundleFrom(placed, parsed.data, dirname(path))),
  };
}

function mistaken(path: string, mistakes: readonly string[]): ChannelFileError {
  const told = mistakes.slice(0, MAX_MISTAKES).map(printable);
  const more = mistakes.length - told.length;
  if (more > 0) told.push(`${path}: ${formatCount(more, 'more mistake')}.`);
  return new ChannelFileError(told.join('\n'));
}

function asPlain(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases that multiply
    throw new ChannelFileError(`${path}: ${sentence((error as Error).message)}`);
  }
}

function streamFrom(
  ts: NonNullable<ChannelText['ts']>,
  programmes: ChannelText['programmes'],
  directory: string,
): StreamLink {
  const pathOf = (slate: string | undefined) => (slate === undefined ? undefined : resolve(directory, slate));
  const { to, rate, service, name, video, carrier, slate, 'slate-text': slateText } = ts;
  return {
    to,
    tsRate: rate,
    tsService: service,
    tsName: name,
    tsVideo: video,
    carrier,
    slate: pathOf(slate),
    slateText,
    programmes: programmes?.map(({ name, slate: own, 'slate-text': text }) => ({
      name,
      slate: pathOf(own),
      slateText: text,
    })),
  };
}

/** A bundle, where it stands in the file, and the programme that it is in. */
interface PlacedBundle {
  readonly bundle: BundleText;
  readonly place: readonly PropertyKey[];
  readonly programme?: ProgrammeText;
}

function bundlesOf({ bundles = [], programmes = [] }: ChannelText): PlacedBundle[] {
  return [
    ...bundles.map((bundle, i) => ({ bundle, place: ['bundles', i] })),
    ...programmes.flatMap((programme, i) =>
      programme.bundles.map((bundle, j) => ({ bundle, place: ['programmes', i, 'bundles', j], programme })),
    ),
  ];
}

/** @param channel says what the bundle does not */
function bundleFrom(
  { bundle, programme }: PlacedBundle,
  channel: ChannelText,
  directory: string,
): ChannelBundle {
  const { name, path, optional, weight, level, repair, start, expires, passes, every, pause } = bundle;
  return {
    name,
    path: resolve(directory, path),
    optional,
    weight: weight ?? CHANNEL_DEFAULTS.weight,
    level: level ?? CHANNEL_DEFAULTS.level,
    first: bundle.first ?? channel.first,
    exclude: bundle.exclude ?? channel.exclude,
    followLinks: bundle['follow-links'] ?? channel['follow-links'],
    order: bundle.order ?? channel.order ?? CHANNEL_DEFAULTS.order,
    frontInterval: bundle['front-interval'] ?? channel['front-interval'] ?? CHANNEL_DEFAULTS.frontInterval,
    repair:
      repair === undefined
        ? { kind: 'loss', loss: bundle['expect-loss'] ?? CHANNEL_DEFAULTS.loss }
        : { kind: 'fraction', fraction: repair },
    rules: { start, expires, passes, every, pause },
    programme: programme && {
      name: programme.name,
      weight: programme.weight ?? CHANNEL_DEFAULTS.weight,
    },
  };
}

/** What each value by itself does not show. */
function contradictions({ bundle, place }: PlacedBundle, earlier: readonly PlacedBundle[]): Problem[] {
  const found: Problem[] = [];
  const add = (key: string, message: string) => found.push({ place: [...place, key], message });
  if (earlier.some((each) => each.bundle.name === bundle.name)) {
    add('name', `Another bundle is called "${bundle.name}" already.`);
  }
  if (bundle.repair !== undefined && bundle['expect-loss'] !== undefined) {
    add('repair', 'Give either repair or expect-loss, not both.');
  }
  if (bundle.start !== undefined && bundle.expires !== undefined && bundle.expires <= bundle.start) {
    add('expires', 'The bundle would expire before it starts.');
  }
  return found;
}

function programmeMistakes({ ts, bundles, programmes = [] }: ChannelText): Problem[] {
  if (programmes.length === 0) return [];
  const found: Problem[] = [];
  if (ts === undefined) {
    found.push({ place: ['programmes'], message: 'They are in a transport stream: give ts, too.' });
  }
  if (ts?.name !== undefined) {
    found.push({ place: ['ts', 'name'], message: 'Each programme has a name of its own: remove this one.' });
  }
  if (bundles !== undefined) {
    found.push({ place: ['bundles'], message: 'Each bundle stands in a programme: move them there.' });
  }
  for (const [i, { name }] of programmes.entries()) {
    if (programmes.findIndex((each) => each.name === name) === i) continue;
    found.push({
      place: ['programmes', i, 'name'],
      message: `Another programme is called "${name}" already.`,
    });
  }
  return found;
}

/**
 * Where there is a transport stream, datagrams need not go anywhere else, and their rate follows from its own. Bundles may stand in
 * programmes.
 */
function missing(plain: unknown): Problem[] {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return [];
  return [...('ts' in plain ? [] : ['dest', 'rate']), ...('programmes' in plain ? [] : ['bundles'])]
    .filter((key) => !(key in plain))
    .map((key) => ({ place: [key], message: `${key}: It is missing.` }));
}

interface Problem {
  readonly place: readonly PropertyKey[];
  readonly message: string;
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      place: [...issue.path, key],
      message: `${pathText([...issue.path, key])}: There is no such setting.`,
    }));
  }
  const message =
    issue.path.length > 0 && 'input' in issue && issue.input === undefined ? 'It is missing.' : issue.message;
  const where = issue.path.length === 0 ? '' : `${pathText(issue.path)}: `;
  return [{ place: issue.path, message: `${where}${sentence(message)}` }];
}

/** `bundles[1].weight`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Where the value stands in the file, or its key, or what it is missing from. */
function offsetOf(document: Document, place: readonly PropertyKey[]): number | undefined {
  for (let length = place.length; length >= 0; length--) {
    const path = place.slice(0, length);
    const key = length === 0 ? undefined : keyNode(document, path);
    if (key?.range) return key.range[0];
    const node = document.getIn(path, true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

/** The key of a value: an unknown setting is marked there. */
function keyNode(document: Document, path: readonly PropertyKey[]): Node | undefined {
  const map = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(map)) return undefined;
  const pair = map.items.find(({ key }) => isNode(key) && key.toJSON() === path.at(-1));
  return isNode(pair?.key) ? pair.key : undefined;
}

function sentence(message: string): string {
  const text = message.trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
