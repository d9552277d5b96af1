import {
  type EditionIndex,
  type IndexPart,
  PART_CLASSES,
  type PartClass,
} from '../../codecs/edition/index.js';
import { formatCount, formatNumber, printable } from '../../codecs/text.js';

/** A bundle of a publisher. */
export interface BundleName {
  /** Public key, hexadecimal. */
  readonly publisher: string;
  readonly name: string;
}

/** A part of an edition, and what has come of it. */
export interface PartState {
  readonly part: IndexPart;
  readonly state: 'there' | 'missing' | 'refused';
  /** Why it was refused, a sentence. */
  readonly why?: string;
}

/** How much of something there is. */
export interface Share {
  readonly there: number;
  readonly of: number;
}

/** The parts of a class. */
export interface ClassState {
  readonly class: PartClass;
  readonly parts: Share;
  readonly files: Share;
}

/** What there is of the newest edition of a bundle. */
export interface BundleState {
  readonly publisher: string;
  readonly name: string;
  readonly sequence: number;
  /** In the order of the index. */
  readonly parts: readonly PartState[];
  /** Those that the edition has, in the order in which they matter. */
  readonly classes: readonly ClassState[];
  readonly files: Share;
  /** Of the files. */
  readonly bytes: Share;
  readonly isComplete: boolean;
  /** What is there is kept where nobody sees it until the edition is complete. */
  readonly isHidden: boolean;
}

export interface StateSources {
  holds(sha256: string): boolean;
  /** Why parts were refused, by digest. */
  readonly refused: ReadonlyMap<string, string>;
  /** The edition appears as a whole or not at all. */
  readonly whole: boolean;
}

export function bundleState(
  publisher: string,
  { name, sequence, parts: listed }: EditionIndex,
  { holds, refused, whole }: StateSources,
): BundleState {
  const parts = listed.map((part): PartState => {
    if (holds(part.sha256)) return { part, state: 'there' };
    const why = refused.get(part.sha256);
    return why === undefined ? { part, state: 'missing' } : { part, state: 'refused', why };
  });
  const isComplete = parts.every(({ state }) => state === 'there');
  return {
    publisher,
    name,
    sequence,
    parts,
    classes: PART_CLASSES.map((partClass) => {
      const members = parts.filter(({ part }) => part.class === partClass);
      return { class: partClass, parts: share(members, () => 1), files: share(members, filesOf) };
    }).filter(({ parts: { of } }) => of > 0),
    files: share(parts, filesOf),
    bytes: share(parts, ({ part }) => part.unpacked),
    isComplete,
    isHidden: whole && !isComplete,
  };
}

function filesOf({ part }: PartState): number {
  return part.files;
}

function share(parts: readonly PartState[], measure: (part: PartState) => number): Share {
  const sum = (chosen: readonly PartState[]) => chosen.reduce((total, part) => total + measure(part), 0);
  return { there: sum(parts.filter(({ state }) => state === 'there')), of: sum(parts) };
}

/** What people call files of a class; text and the front are told by their parts, since no file of them says much alone. */
const KINDS: Readonly<Record<PartClass, readonly [one: string, many: string]>> = {
  front: ['front', 'front'],
  text: ['text', 'text'],
  picture: ['picture', 'pictures'],
  sound: ['sound', 'sounds'],
  film: ['film', 'films'],
  other: ['other file', 'other files'],
};

/** Files of a class in words: `14 films`, `the front`. */
export function nameOfClass(partClass: PartClass, files: number): string {
  const [one, many] = KINDS[partClass];
  return isTold(partClass) ? `the ${one}` : formatCount(files, one, many);
}

/** A part in words: `the front`, `images/`, `film/long.mp4`. */
export function nameOfPart({ label, class: partClass }: Pick<IndexPart, 'label' | 'class'>): string {
  const [one, many] = KINDS[partClass];
  if (partClass === 'front') return `the ${one}`;
  return label === '/' ? many : printable(label);
}

/** What there is of an edition, for people: `the front is there; text 2 of 3 parts; 3 of 14 films`. */
export function describeBundleState(state: BundleState): string {
  if (state.isComplete) return `everything is there, ${formatCount(state.files.of, 'file')}`;
  const refused = state.parts.filter((part) => part.state === 'refused').length;
  const words = state.parts.some((part) => part.state === 'there')
    ? state.classes.map(describeClass)
    : ['nothing is there yet'];
  if (refused > 0) words.push(`${formatCount(refused, 'part')} refused`);
  if (state.isHidden) words.push('all of it appears when it is complete');
  return words.join('; ');
}

function describeClass({ class: partClass, parts, files }: ClassState): string {
  const [one, many] = KINDS[partClass];
  const isOne = isTold(partClass) || files.of === 1;
  if (isOne && parts.there === parts.of) return `the ${one} is there`;
  if (isOne && parts.there === 0) return `the ${one} is missing`;
  if (isOne) return `${one} ${formatNumber(parts.there)} of ${formatCount(parts.of, 'part')}`;
  const all = formatCount(files.of, one, many);
  return parts.there === parts.of ? `all ${all}` : `${formatNumber(files.there)} of ${all}`;
}

/** Told by its parts. */
function isTold(partClass: PartClass): boolean {
  return partClass === 'front' || partClass === 'text';
}
