import { utf8Encode } from '../../../codecs/bytes.js';
import type { FuzzTarget } from '../target.js';

export interface TextTarget {
  readonly name: string;
  readonly holds: string;
  readonly seeds: readonly string[];
  readonly words?: readonly string[];
  run(text: string): Promise<boolean> | boolean;
}

/** A target that reads text. Bytes that are no UTF-8 are U+FFFD in it. */
export function textTarget(target: TextTarget): FuzzTarget {
  return { name: target.name, holds: target.holds, open: () => openText(target) };
}

/** The same where the text has to be made first. */
export function openText({ seeds, words = [], run }: Omit<TextTarget, 'name' | 'holds'>) {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return {
    seeds: seeds.map(utf8Encode),
    words: words.map(utf8Encode),
    run: (input: Uint8Array) => run(decoder.decode(input)),
  };
}
