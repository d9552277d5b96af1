import type { Plot, Report, Section, Table } from './document.js';

/** Text that Markdown takes for itself, in a cell of a table too. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|#]/g, (character) => `\\${character}`).replace(/\s+/g, ' ');
}

/**
 * The report as a page of Markdown.
 *
 * @param path where the picture of a plot is, as seen from the page
 */
export function formatMarkdown(report: Report, path: (plot: Plot) => string): string {
  const { title, commands, introduction, sections } = report;
  const blocks = [
    `# ${escapeMarkdown(title)}`,
    ['```', ...commands.map((line) => line.replaceAll('`', "'")), '```'].join('\n'),
    ...introduction.map(escapeMarkdown),
    ...sections.flatMap((section) => formatSection(section, path)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function formatSection(section: Section, path: (plot: Plot) => string): string[] {
  return [
    `## ${escapeMarkdown(section.title)}`,
    ...section.paragraphs.map(escapeMarkdown),
    ...section.plots.flatMap((plot) => [
      `![${escapeMarkdown(plot.title)}](${path(plot)})`,
      `**${escapeMarkdown(plot.title)}.** ${escapeMarkdown(plot.caption)}`,
    ]),
    ...section.tables.flatMap(formatTable),
  ];
}

function formatTable({ title, columns, rows, note }: Table): string[] {
  const row = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  const lines = [
    row(columns.map((column) => column.title)),
    `| ${columns.map(({ align }) => (align === 'right' ? '---:' : '---')).join(' | ')} |`,
    ...rows.map(row),
  ];
  const last = note === undefined ? [] : [escapeMarkdown(note)];
  return [`**${escapeMarkdown(title)}**`, lines.join('\n'), ...last];
}
