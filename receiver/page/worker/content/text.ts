const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** The words of a page or of a text, for search. A thread has no parser of HTML; what comes out is shown as text only. */
export function textOf(path: string, source: string): { title: string; text: string } {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!/\.x?html?$/i.test(name)) return { title: name, text: squeeze(source) };
  return { title: titleIn(source) || name, text: squeeze(decode(withoutMarkup(source))) };
}

/** What a page calls itself; empty when it does not. */
export function titleIn(source: string): string {
  return squeeze(decode(/<title[^>]{0,200}>([^<]{0,1000})/i.exec(source)?.[1] ?? ''));
}

/** Links that stand on every page say nothing of this one. */
const SILENT = /<(script|style|head|title|nav)\b/iy;

/** In one pass: a search for each end that is not there would take time that grows with the square of the length. */
function withoutMarkup(source: string): string {
  const missing = new Set<string>();
  const endOf = (pattern: string, from: number): number => {
    if (missing.has(pattern)) return -1;
    const end = new RegExp(pattern, 'gi');
    end.lastIndex = from;
    if (end.test(source)) return end.lastIndex;
    missing.add(pattern);
    return -1;
  };
  /** Where the markup at `begin` ends; -1: it is text. */
  const skip = (begin: number): number => {
    SILENT.lastIndex = begin;
    const silent = SILENT.exec(source)?.[1]?.toLowerCase();
    const isComment = source.startsWith('<!--', begin);
    const end = isComment ? endOf('-->', begin + 4) : silent ? endOf(`</${silent}\\s*>`, begin) : -1;
    return end === -1 ? endOf('>', begin) : end;
  };
  let text = '';
  let at = 0;
  while (at < source.length) {
    const begin = source.indexOf('<', at);
    const end = begin === -1 ? -1 : skip(begin);
    if (end === -1) break;
    text += `${source.slice(at, begin)} `;
    at = end;
  }
  return text + source.slice(at);
}

function decode(text: string): string {
  return text.replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();
