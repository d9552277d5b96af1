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
  const title = /<title[^>]*>([^<]*)/i.exec(source)?.[1];
  const body = source
    .replace(/<!--[\s\S]*?-->/g, ' ')
    .replace(/<(script|style|head|title)\b[\s\S]*?<\/\1\s*>/gi, ' ')
    .replace(/<[^>]*>/g, ' ');
  return { title: squeeze(decode(title ?? '')) || name, text: squeeze(decode(body)) };
}

function decode(text: string): string {
  return text.replace(/&(#x?[0-9a-f]{1,6}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = name[1]?.toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();
