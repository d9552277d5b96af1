import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { CliIo } from '../../codecs/node/command.js';
import { requireListed, splitWords, WORD_COUNT } from './words.js';

/** Where words are typed or piped. */
export interface WordSource {
  readonly input: Readable;
  /** Somebody is to be asked. */
  readonly isTerminal: boolean;
}

/**
 * Reads the words of a key, in one line or several. On a terminal they are shown as they are typed.
 *
 * @param interrupted ends it
 * @returns 24 of them or more, fewer when the input has ended
 * @throws EncodeError at the first line with a word that is not in the list
 */
export async function readWords(
  { input, isTerminal }: WordSource,
  { stderr }: Pick<CliIo, 'stderr'>,
  interrupted: AbortSignal,
): Promise<string[]> {
  const ask = (question: string) => {
    if (isTerminal) stderr.write(question);
  };
  interrupted.throwIfAborted();
  const lines = createInterface({ input, signal: interrupted });
  const words: string[] = [];
  ask(`Type the ${WORD_COUNT} words in their order, one line or several: `);
  try {
    for await (const line of lines) {
      words.push(...splitWords(line));
      requireListed(words);
      if (words.length >= WORD_COUNT) break;
      ask(`${words.length} of ${WORD_COUNT} words. The next: `);
    }
  } finally {
    lines.close();
  }
  interrupted.throwIfAborted();
  return words;
}
