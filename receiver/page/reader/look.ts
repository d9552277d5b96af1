/** How the reader wants pages to look. */
export interface Look {
  /** Percent of the browser's own. */
  readonly textSize: number;
  readonly isDark: boolean;
  /** The language of who reads (BCP 47), for pages that do not say theirs. */
  readonly language: string;
}

/** Rules that a page's own may change: what fits on a small screen. */
export const FIRST_STYLES = `
html { overflow-wrap: anywhere; line-height: 1.5; font-family: sans-serif }
body { margin: 1rem auto; padding: 0 1rem; max-width: 44rem }
img, video, audio, table, pre { max-width: 100% }
img, video { height: auto }
pre { white-space: pre-wrap; unicode-bidi: plaintext; font-family: inherit }
[data-path] { color: #1a5fb4; text-decoration: underline; cursor: pointer }
`;

/** Counts more than the selectors of a page may. */
const STRONG = ':not(#_#_#_#_)';

/** Rules that stand above a page's own. */
export function lastStyles({ textSize, isDark }: Look): string {
  const size = Math.min(Math.max(Number(textSize) || 100, 50), 400);
  const rules = [
    `html${STRONG} { zoom: ${size}% !important }`,
    `@supports not (zoom: 1) { html${STRONG} { font-size: ${size}% !important } }`,
    // what can take a browser's whole time to draw
    `*${STRONG}, *${STRONG}::before, *${STRONG}::after { filter: none !important; backdrop-filter: none !important; mix-blend-mode: normal !important; will-change: auto !important; transform-style: flat !important }`,
  ];
  if (isDark) {
    rules.push(
      `html${STRONG} { color-scheme: dark !important }`,
      `*${STRONG} { background: #16181c !important; color: #dfe2e6 !important; border-color: #555b64 !important; text-shadow: none !important }`,
      `[data-path]${STRONG}, [data-path]${STRONG} * { color: #8ab4f8 !important }`,
    );
  }
  return rules.join('\n');
}
