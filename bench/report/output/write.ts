import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { writeAtomically } from '../../../codecs/node/atomic-file.js';
import type { Plot, Report } from './document.js';
import { formatHtml } from './html.js';
import { formatMarkdown } from './markdown.js';
import { renderPng, renderSvg } from './render.js';

/** Where the parts of a report are. */
export interface WrittenReport {
  readonly page: string;
  /** Pictures without their extensions, .svg and .png. */
  readonly plots: readonly string[];
  /** The page of Markdown, when one was asked for. */
  readonly markdown: string | undefined;
}

/** Writes a report into a directory: one HTML page that needs nothing else, and its plots as SVG and PNG. */
export async function writeReport(
  report: Report,
  directory: string,
  markdown?: string,
): Promise<WrittenReport> {
  const plots = report.sections.flatMap((section) => section.plots);
  const drawings = new Map(plots.map((plot) => [plot.name, renderSvg(plot)]));
  const drawing = ({ name }: Plot) => drawings.get(name)!;
  mkdirSync(join(directory, 'plots'), { recursive: true });
  for (const plot of plots) {
    const path = join(directory, 'plots', plot.name);
    await replace(`${path}.svg`, drawing(plot));
    await replace(`${path}.png`, renderPng(drawing(plot)));
  }
  const page = join(directory, 'index.html');
  await replace(page, formatHtml(report, drawing));
  if (markdown !== undefined) await writeMarkdown(report, markdown, plots, drawing);
  return { page, plots: plots.map(({ name }) => join(directory, 'plots', name)), markdown };
}

/** The pictures of `results.md` stand in the folder `results` beside it. */
async function writeMarkdown(
  report: Report,
  path: string,
  plots: readonly Plot[],
  drawing: (plot: Plot) => string,
): Promise<void> {
  const folder = basename(path, extname(path));
  mkdirSync(join(dirname(path), folder), { recursive: true });
  for (const plot of plots) await replace(join(dirname(path), folder, `${plot.name}.svg`), drawing(plot));
  await replace(
    path,
    formatMarkdown(report, ({ name }) => `${encodeURI(folder)}/${name}.svg`),
  );
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await writeAtomically(path, async ({ descriptor }) => writeFileSync(descriptor, content));
}
