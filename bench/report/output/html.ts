import type { Plot, Report, Section, Table } from './document.js';

const STYLE = `
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --pale: #ccc; --quiet: #444; }
body { font: 16px/1.5 "DejaVu Sans", Verdana, sans-serif; color: var(--ink); background: var(--paper); max-width: 1000px;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-bottom: 1px solid var(--pale); }
a { color: inherit; }
figure { margin: 1.5rem 0; } figure svg { width: 100%; min-width: 800px; max-width: 960px; height: auto; }
figcaption, .note { font-size: 0.85rem; color: var(--quiet); }
.scroll, pre { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.8rem; margin: 0.5rem 0; }
caption { text-align: left; font-weight: bold; padding: 0.3rem 0; }
th, td { padding: 0.2rem 0.7rem; border-bottom: 1px solid var(--pale); vertical-align: top; }
th { text-align: left; border-bottom: 2px solid var(--quiet); }
.right { text-align: right; font-variant-numeric: tabular-nums; }
nav ol { columns: 2; font-size: 0.9rem; }
@media (max-width: 40rem) { body { margin: 1rem auto; } nav ol { columns: 1; } p { overflow-wrap: anywhere; } }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ddd; --paper: #121212; --pale: #444; --quiet: #aaa; }
  figure svg { filter: invert(0.93) hue-rotate(180deg); }
}
`;

/** Text as the content of an element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The report as one page that needs nothing else.
 *
 * @param drawing the SVG of a plot
 */
export function formatHtml(
  { title, commands, introduction, sections }: Report,
  drawing: (plot: Plot) => string,
): string {
  const contents = sections.map(
    (section, i) => `<li><a href="#s${i + 1}">${escapeHtml(section.title)}</a></li>`,
  );
  const parts = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<pre>${escapeHtml(commands.join('\n'))}</pre>`,
    ...introduction.map(paragraph),
    `<nav><ol>${contents.join('')}</ol></nav>`,
    ...sections.map((section, i) => formatSection(section, i + 1, drawing)),
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${parts.join('\n')}
</body>
</html>
`;
}

const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`;

function formatSection(section: Section, number: number, drawing: (plot: Plot) => string): string {
  return [
    `<section id="s${number}">`,
    `<h2>${number}. ${escapeHtml(section.title)}</h2>`,
    ...section.paragraphs.map(paragraph),
    ...section.plots.map((plot) => formatFigure(plot, drawing(plot))),
    ...section.tables.map(formatTable),
    '</section>',
  ].join('\n');
}

function formatFigure({ title, caption, name }: Plot, svg: string): string {
  const label = `<figcaption><strong>${escapeHtml(title)}.</strong> ${escapeHtml(caption)}</figcaption>`;
  return `<figure id="${escapeHtml(name)}" role="group" aria-label="${escapeHtml(title)}">\n<div class="scroll">${svg}</div>\n${label}\n</figure>`;
}

function formatTable({ title, columns, rows, note }: Table): string {
  const cell = (tag: string, text: string, index: number) =>
    `<${tag}${columns[index]?.align === 'right' ? ' class="right"' : ''}>${escapeHtml(text)}</${tag}>`;
  const row = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((text, index) => cell(tag, text, index)).join('')}</tr>`;
  return [
    `<div class="scroll"><table><caption>${escapeHtml(title)}</caption>`,
    `<thead>${row(
      'th',
      columns.map((column) => column.title),
    )}</thead>`,
    `<tbody>${rows.map((cells) => row('td', cells)).join('\n')}</tbody></table></div>`,
    ...(note === undefined ? [] : [`<p class="note">${escapeHtml(note)}</p>`]),
  ].join('\n');
}
