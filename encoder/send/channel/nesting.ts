import { type CST, Parser } from 'yaml';

/**
 * Whether lists and mappings of a YAML text lie more than `most` deep in each other. It is told by its tokens, which are
 * found without recursion: the parser of documents recurses, and a text of 60 kB can use up the stack of the program.
 */
export function isNestedDeeper(text: string, most: number): boolean {
  const left: [token: CST.Token, depth: number][] = [];
  for (const token of new Parser().parse(text)) left.push([token, 0]);
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const [token, depth] = next;
    if (depth > most) return true;
    if (token.type === 'document' && token.value) left.push([token.value, depth]);
    if (!('items' in token)) continue;
    for (const { key, value } of token.items) {
      if (key) left.push([key, depth + 1]);
      if (value) left.push([value, depth + 1]);
    }
  }
  return false;
}
