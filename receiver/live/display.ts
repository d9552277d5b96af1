import { MultiBar, type SingleBar } from 'cli-progress';
import { type EditionProgress, type OnListenEvent, progressText } from './events.js';
import { formatTime } from './text.js';

/** Shows how far editions have come, and lines that stay. */
export interface Display {
  print(line: string): void;
  show(progress: readonly EditionProgress[]): void;
  end(): void;
}

const FORMAT = '{name} {bar} {state}';
const BAR_WIDTH = 10;
const NAME_WIDTH = 30;
/** Clears what is below, and lets the terminal wrap until the bars come again. */
const BEFORE_LINE = '\x1b[J\x1b[?7h';
const AFTER_LINE = '\x1b[?7l';

/** A bar for each bundle at the bottom of a terminal; other lines go above them. */
export function createBars(terminal: NodeJS.WriteStream): Display {
  const bars = new Map<string, SingleBar>();
  let multi: MultiBar | undefined;

  function begin(): MultiBar {
    const options = { format: FORMAT, barsize: BAR_WIDTH, clearOnComplete: true, hideCursor: true };
    return new MultiBar({ ...options, stream: terminal, fps: 2, gracefulExit: false });
  }

  function end(): void {
    // lines that wait for the next time the bars are drawn
    multi?.update();
    multi?.stop();
    multi = undefined;
    bars.clear();
  }

  return {
    print(line) {
      if (multi === undefined) terminal.write(`${line}\n`);
      else multi.log(`${BEFORE_LINE}${line}\n${AFTER_LINE}`);
    },
    show(progress) {
      const gone = new Set(bars.keys());
      for (const each of progress) {
        const key = `${each.publisher} ${each.bundle}`;
        gone.delete(key);
        multi ??= begin();
        const name = shortName(each.bundle);
        const bar = bars.get(key) ?? multi.create(1, 0, { name, state: '' });
        bars.set(key, bar);
        bar.setTotal(Math.max(1, each.neededBytes));
        const room = (terminal.columns || Number.POSITIVE_INFINITY) - widthOf(name) - BAR_WIDTH - 3;
        bar.update(each.receivedBytes, { name, state: barText(each, room) });
      }
      for (const key of gone) {
        multi?.remove(bars.get(key)!);
        bars.delete(key);
      }
      if (bars.size === 0) end();
    },
    end,
  };
}

function shortName(bundle: string): string {
  return widthOf(bundle) <= NAME_WIDTH ? bundle : `${cut(bundle, NAME_WIDTH - 1)}…`;
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

/** Chinese, Japanese and Korean characters and pictures take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\p{Emoji_Presentation}]/u;

function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

function cut(text: string, columns: number): string {
  let [short, width] = ['', 0];
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    short += character;
  }
  return short;
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
