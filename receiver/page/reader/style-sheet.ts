/** Style sheets that ask for nothing but what an edition has. */

import { type CSSToken, TokenType, tokenize } from '@csstools/css-tokenizer';

/** Finds what a style sheet refers to. */
export interface StyleSources {
  /** The address of a picture of ours; undefined: there is none. */
  picture(reference: string): Promise<string | undefined>;
  /** Another sheet, rewritten. */
  sheet(reference: string): Promise<string | undefined>;
}

/** Rules that load fonts, or say what others mean. */
const REFUSED_RULES = new Set(['font-face', 'namespace', 'charset']);
/** Functions that take an address as a string, run a program, or make text that grows with each level of a page. */
const REFUSED_FUNCTIONS = /^(-webkit-)?image-set$|^image$|^src$|^expression$|^paint$|^counters$/i;
const NONE = ' none ';

/**
 * The sheet with each address replaced: `url()` by what `sources` gives or `none`, `@import` by the sheet that it names.
 * Nothing in it ends a style element (HTML section 13.1.2.6).
 */
export async function rewriteStyles(css: string, sources: StyleSources): Promise<string> {
  const tokens = tokenize({ css });
  let written = '';
  let depth = 0;
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    depth += nesting(token);
    const name = token[0] === TokenType.AtKeyword ? token[4].value.toLowerCase() : '';
    if (name === 'import' || REFUSED_RULES.has(name)) {
      const end = endOfRule(tokens, at);
      if (name === 'import' && depth === 0) written += await imported(tokens.slice(at + 1, end), sources);
      at = end;
    } else if (token[0] === TokenType.URL) {
      written += await address(token[4].value, sources);
    } else if (token[0] === TokenType.Function && token[4].value.toLowerCase() === 'url') {
      const end = endOfBlock(tokens, at);
      const reference = onlyString(tokens.slice(at + 1, end));
      written += reference === undefined ? NONE : await address(reference, sources);
      at = end;
      depth--;
    } else {
      written += plain(token);
    }
  }
  return written.replace(/<(?=[/!?a-z])/gi, '< ');
}

async function address(reference: string, sources: StyleSources): Promise<string> {
  const url = await sources.picture(reference);
  return url === undefined ? NONE : `url(${quoted(url)})`;
}

/** @param tokens between `@import` and its end */
async function imported(tokens: readonly CSSToken[], sources: StyleSources): Promise<string> {
  const first = tokens.findIndex(
    ({ 0: type }) => type !== TokenType.Whitespace && type !== TokenType.Comment,
  );
  const token = tokens[first];
  let [reference, rest]: [string | undefined, readonly CSSToken[]] = [undefined, tokens.slice(first + 1)];
  if (token?.[0] === TokenType.URL || token?.[0] === TokenType.String) {
    reference = token[4].value;
  } else if (token?.[0] === TokenType.Function && token[4].value.toLowerCase() === 'url') {
    const end = endOfBlock(tokens, first);
    reference = onlyString(tokens.slice(first + 1, end));
    rest = tokens.slice(end + 1);
  }
  const media = rest.map(plain).join('').trim();
  // conditions other than of media are not understood
  const isMedia =
    /^[\w\s,:()./<>=-]*$/.test(media) && !/\b(layer|supports)\b/i.test(media) && isBalanced(rest);
  if (reference === undefined || !isMedia) return '';
  const sheet = await sources.sheet(reference);
  if (sheet === undefined) return '';
  return media === '' ? `\n${sheet}\n` : `\n@media ${media} {\n${sheet}\n}\n`;
}

/** A token that asks for nothing, as it is; what stands alone stays so, since two neighbours could be one token. */
function plain(token: CSSToken): string {
  switch (token[0]) {
    case TokenType.String:
      return quoted(token[4].value);
    case TokenType.Function:
      return REFUSED_FUNCTIONS.test(token[4].value) ? ' refused(' : numbered(token[1]);
    case TokenType.Comment:
    case TokenType.BadString:
    case TokenType.CDO:
    case TokenType.CDC:
      return ' ';
    case TokenType.BadURL:
    case TokenType.URL:
      return NONE;
    case TokenType.Delim:
      return token[1];
    default:
      return numbered(token[1]);
  }
}

/** An escaped `<` of a name by its number: a space behind it would end the name, and what follows be another token. */
const numbered = (text: string) => text.replaceAll('\\<', '\\3c ');

/** CSS Syntax section 4.3.7: what could end the string, or an element, is escaped. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"<\n\r\f\0]/g, (character) => `\\${character.charCodeAt(0).toString(16)} `)}"`;
}

/** The value of the one string among white space. */
function onlyString(tokens: readonly CSSToken[]): string | undefined {
  const [string, ...others] = tokens.filter(
    ({ 0: type }) => type !== TokenType.Whitespace && type !== TokenType.Comment,
  );
  return string?.[0] === TokenType.String && others.length === 0 ? string[4].value : undefined;
}

const OPENING: ReadonlySet<TokenType> = new Set([
  TokenType.Function,
  TokenType.OpenParen,
  TokenType.OpenSquare,
  TokenType.OpenCurly,
]);
const CLOSING: ReadonlySet<TokenType> = new Set([
  TokenType.CloseParen,
  TokenType.CloseSquare,
  TokenType.CloseCurly,
]);
const nesting = ({ 0: type }: CSSToken) => (OPENING.has(type) ? 1 : CLOSING.has(type) ? -1 : 0);

function isBalanced(tokens: readonly CSSToken[]): boolean {
  let depth = 0;
  for (const token of tokens) {
    depth += nesting(token);
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Where the block ends that begins at `at`. */
function endOfBlock(tokens: readonly CSSToken[], at: number): number {
  let depth = 0;
  for (let end = at; end < tokens.length; end++) {
    depth += nesting(tokens[end]!);
    if (depth === 0) return end;
  }
  return tokens.length;
}

/** Where the rule ends that begins at `at`: its semicolon, its block, or what closes the block that it is in. */
function endOfRule(tokens: readonly CSSToken[], at: number): number {
  let depth = 0;
  for (let end = at + 1; end < tokens.length; end++) {
    const type = tokens[end]![0];
    depth += nesting(tokens[end]!);
    if (depth < 0) return end - 1;
    if (depth === 0 && (type === TokenType.Semicolon || type === TokenType.CloseCurly)) return end;
  }
  return tokens.length;
}
