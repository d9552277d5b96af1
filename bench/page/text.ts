import type { Figures } from './cases.js';

/** A table in Markdown; what misses its bar is in bold. */
export function formatFigures(figures: readonly Figures[]): string {
  const rows = figures.map(({ title, browser, reading, ratio, bars }) => [
    title,
    browser,
    held(reading.seconds, bars.seconds, (each) => each.toFixed(1)),
    reading.processorSeconds.toFixed(1),
    ratio === undefined ? '' : held(ratio, bars.ratio, (each) => each.toFixed(2)),
    held(reading.standstill, bars.standstill, (each) => each.toFixed(0)),
    held(reading.memory, bars.memory, (each) => (each / 1e6).toFixed(0)),
    held(reading.firstPaint, bars.firstPaint, (each) => each.toFixed(0)),
  ]);
  return [
    [
      '',
      'browser',
      'seconds',
      'of processor',
      'to from scratch',
      'standstill, ms',
      'memory, MB',
      'first paint, ms',
    ],
    Array(8).fill('---'),
    ...rows,
  ]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function held(value: number, bar: number | undefined, format: (value: number) => string): string {
  if (bar === undefined) return format(value);
  const text = `${format(value)} (${format(bar)})`;
  return value > bar ? `**${text}**` : text;
}
