import { bar } from '../../codecs/node/terminal/progress-bar.js';
import { createStatusLines, type Terminal } from '../../codecs/node/terminal/status-lines.js';
import { shorten, widthOf } from '../../codecs/node/terminal/width.js';
import { type EditionProgress, type OnListenEvent, progressText } from './events.js';
import { formatTime } from './text.js';

/** Shows how far editions have come, and lines that stay. */
export interface Display {
  print(line: string): void;
  show(progress: readonly EditionProgress[]): void;
  end(): void;
}

const BAR_WIDTH = 10;
const MAX_NAME_WIDTH = 30;
const MIN_NAME_WIDTH = 8;

/** A bar for each bundle at the bottom of a terminal; other lines go above them. */
export function createBars(terminal: Terminal): Display {
  const lines = createStatusLines(terminal);
  return {
    print: lines.print,
    show: (progress) => lines.show(progress.map((each) => barLine(each, lines.columns))),
    end: lines.end,
  };
}

function barLine(progress: EditionProgress, columns: number): string {
  const width = Math.min(MAX_NAME_WIDTH, Math.max(MIN_NAME_WIDTH, Math.floor(columns / 4)));
  const name = shorten(progress.bundle, width);
  const share = progress.receivedBytes / Math.max(1, progress.neededBytes);
  const lead = `${name} ${bar(share, BAR_WIDTH)} `;
  return `${lead}${barText(progress, columns - widthOf(lead))}`;
}

/** What there is of an edition, in at most so many columns of a terminal: what has no room is left out. */
export function barText(progress: EditionProgress, columns: number): string {
  const { receivedBytes, neededBytes, secondsLeft, state } = progress;
  const full = `${progressText(progress)}; ${state}`;
  if (widthOf(full) <= columns) return full;
  const percent = `${Math.floor((100 * receivedBytes) / Math.max(1, neededBytes))} %`;
  const left = secondsLeft === undefined ? percent : `${percent}, ${formatTime(secondsLeft)} more`;
  const phrases = [left, ...state.split('; ')];
  for (let shown = phrases.length; shown > 0; shown--) {
    const text = [...phrases.slice(0, shown), ...(shown < phrases.length ? ['…'] : [])].join('; ');
    if (widthOf(text) <= columns) return text;
  }
  return percent;
}

/** Milliseconds between two lines on the same bundle. */
const LINE_INTERVAL = 10_000;

/** Tells progress as events: now and then, and only when there is some. */
export function createProgressEvents(onEvent: OnListenEvent, now: () => number) {
  let told = new Map<string, { at: number; received: number }>();
  return (progress: readonly EditionProgress[]) => {
    const next: typeof told = new Map();
    for (const each of progress) {
      const key = `${each.publisher} ${each.bundle}`;
      const last = told.get(key) ?? { at: now(), received: 0 };
      const isDue = now() - last.at >= LINE_INTERVAL && each.receivedBytes !== last.received;
      if (isDue) onEvent({ type: 'progress', ...each });
      next.set(key, isDue ? { at: now(), received: each.receivedBytes } : last);
    }
    told = next;
  };
}
