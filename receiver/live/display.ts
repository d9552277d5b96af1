import { MultiBar, type SingleBar } from 'cli-progress';
import { type EditionProgress, type OnListenEvent, progressText } from './events.js';

/** Shows how far editions have come, and lines that stay. */
export interface Display {
  print(line: string): void;
  show(progress: readonly EditionProgress[]): void;
  end(): void;
}

const FORMAT = '{name} {bar} {state}';
const BAR_WIDTH = 24;
const NAME_WIDTH = 30;

/** A bar for each bundle at the bottom of a terminal; other lines go above them. */
export function createBars(terminal: NodeJS.WriteStream): Display {
  const bars = new Map<string, SingleBar>();
  let multi: MultiBar | undefined;

  function begin(): MultiBar {
    const options = { format: FORMAT, barsize: BAR_WIDTH, clearOnComplete: true, hideCursor: true };
    return new MultiBar({ ...options, stream: terminal, fps: 2, gracefulExit: false });
  }

  function end(): void {
    multi?.stop();
    multi = undefined;
    bars.clear();
  }

  return {
    print(line) {
      if (multi === undefined) terminal.write(`${line}\n`);
      else multi.log(`${line}\n`);
    },
    show(progress) {
      const gone = new Set(bars.keys());
      for (const each of progress) {
        const key = `${each.publisher} ${each.bundle}`;
        gone.delete(key);
        multi ??= begin();
        const bar = bars.get(key) ?? multi.create(1, 0, { name: nameOf(each), state: '' });
        bars.set(key, bar);
        bar.setTotal(Math.max(1, each.neededBytes));
        bar.update(each.receivedBytes, { name: nameOf(each), state: `${progressText(each)}; ${each.state}` });
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

function nameOf({ bundle, sequence }: EditionProgress): string {
  return `${bundle.slice(0, NAME_WIDTH)} ${sequence}`;
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
