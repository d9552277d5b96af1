import { formatCount } from '../../codecs/text.js';
import type { LeftOut } from './walk.js';

/** Paths that are named. */
const NAMED = 5;

/** What is left out, for people: a text for each reason; none when nothing is. */
export function describeLeftOut({ system, pattern }: LeftOut): string[] {
  return [
    ...(system.length > 0 ? [`${few(system)}: of systems and editors, which identify a publisher`] : []),
    ...(pattern.length > 0 ? [`${few(pattern)}: by pattern`] : []),
  ];
}

function few(paths: readonly string[]): string {
  const more = paths.length - NAMED;
  return paths.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${formatCount(more, 'more', 'more')}` : '');
}
