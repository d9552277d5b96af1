import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { EncodeError } from '../error.js';

/** 256 bits of entropy and 8 bits of checksum, 11 bits a word (BIP 39). */
export const WORD_COUNT = 24;
const WORDS_A_LINE = 4;
const LIST = new Set(wordlist);

/**
 * A publisher's secret key as English words (BIP 39); the entropy is the Ed25519 seed itself.
 *
 * @param seed 32 bytes
 */
export function wordsOf(seed: Uint8Array): string[] {
  return entropyToMnemonic(seed, wordlist).split(' ');
}

/** For paper: numbered, four in a line. */
export function formatWords(words: readonly string[]): string {
  const width = Math.max(...words.map((word) => word.length));
  const cells = words.map((word, i) => `${String(i + 1).padStart(4)} ${word.padEnd(width)}`);
  const rows = Array.from({ length: Math.ceil(cells.length / WORDS_A_LINE) }, (_, row) =>
    cells.slice(row * WORDS_A_LINE, (row + 1) * WORDS_A_LINE),
  );
  return rows.map((row) => `${row.join('').trimEnd()}\n`).join('');
}

/** The words in a text as somebody types it: numbers before them, like `7` or `7.`, do not count, nor the case of letters. */
export function splitWords(text: string): string[] {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .split(/\s+/)
    .filter((token) => !/^([0-9]+[.):]?)?$/.test(token));
}

/** @throws EncodeError when a word is not in the list; the sentence has its place, and not the word, which is secret */
export function requireListed(words: readonly string[]): void {
  const unknown = words.findIndex((word) => !LIST.has(word));
  if (unknown < 0) return;
  throw new EncodeError(
    `Word ${unknown + 1} is not in the list of BIP 39, which has ${LIST.size} English words: compare it letter by letter with what is printed.`,
  );
}

/**
 * The Ed25519 seed that words hold, 32 bytes.
 *
 * @throws EncodeError when there are not 24, one is not in the list, or their checksum is wrong
 */
export function seedFromWords(words: readonly string[]): Uint8Array {
  requireListed(words);
  if (words.length !== WORD_COUNT) {
    const where = words.length < WORD_COUNT ? `word ${words.length + 1} is missing` : 'some are too many';
    throw new EncodeError(
      `A key has ${WORD_COUNT} words, and ${words.length} were given: ${where}, or others before it.`,
    );
  }
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    // the list and the number are right
    throw new EncodeError(
      'All words are in the list, but their checksum is wrong: one of them is another word than the printed one, or two have changed places. Compare each with what is printed.',
    );
  }
}
