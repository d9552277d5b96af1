import type { CliIo } from '../command.js';
import { createStatusLines, stderrTerminal, type Terminal } from './status-lines.js';
import { createTimeLeft, formatTimeLeft } from './time-left.js';
import { firstThatFits, shorten } from './width.js';

/** How far work of known extent has come. */
export interface ProgressBar {
  /** Begins a stage. @param unit of `total`, for people; without it only the share is shown */
  start(stage: string, total: number, unit?: string): void;
  update(done: number): void;
  advance(by: number): void;
  /** What stands behind the numbers. */
  note(text: string): void;
  /** Writes a line that stays, above the bar. */
  print(line: string): void;
  end(): void;
}

/** What a bar shows. */
export interface BarState {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly unit: string | undefined;
  /** Seconds. */
  readonly left: number | undefined;
  readonly note: string;
}

/** Milliseconds between two drawings. */
const INTERVAL = 100;
const BAR_WIDTHS = [30, 20, 10];
const SHORTEST_STAGE = 8;

/** A bar on stderr when that is a terminal; otherwise only its lines are written. */
export function openProgressBar(io: CliIo): ProgressBar {
  const terminal = stderrTerminal(io);
  if (terminal !== undefined) return createProgressBar(terminal, () => performance.now());
  const nothing = () => {};
  const print = (line: string) => void io.stderr.write(`${line}\n`);
  return { start: nothing, update: nothing, advance: nothing, note: nothing, print, end: nothing };
}

/** @param now milliseconds of a clock that nobody sets */
export function createProgressBar(terminal: Terminal, now: () => number): ProgressBar {
  const lines = createStatusLines(terminal);
  let [stage, total, done, note] = ['', 1, 0, ''];
  let unit: string | undefined;
  let timeLeft = createTimeLeft(now);
  let drawn = Number.NEGATIVE_INFINITY;

  function draw(): void {
    const left = timeLeft.at(done, total);
    if (now() - drawn < INTERVAL) return;
    drawn = now();
    lines.show([barLine({ stage, done, total, unit, left, note }, lines.columns)]);
  }

  return {
    start(nextStage, nextTotal, nextUnit) {
      [stage, total, done, unit] = [nextStage, nextTotal, 0, nextUnit];
      timeLeft = createTimeLeft(now);
      drawn = Number.NEGATIVE_INFINITY;
      draw();
    },
    update(next) {
      done = next;
      draw();
    },
    advance(by) {
      done += by;
      draw();
    },
    note(text) {
      note = text;
    },
    print: lines.print,
    end: lines.end,
  };
}

/** The bar as a line of at most so many columns: bar, note, unit and name of the stage give way to share and time left. */
export function barLine({ stage, done, total, unit, left, note }: BarState, columns: number): string {
  const share = Math.min(1, Math.max(0, done / total));
  const number = (value: number) => value.toLocaleString('en-US');
  const percent = `${Math.floor(100 * share)} %`;
  const time = left === undefined ? '' : `, ${formatTimeLeft(left)} left`;
  const counted = unit === undefined ? '' : ` ${number(done)} of ${number(total)} ${unit}`;
  const behind = note === '' ? '' : `  ${note}`;
  const join = (...parts: string[]) => parts.filter((part) => part !== '').join(' ');
  // of a pipe nobody knows how much is to come
  if (total === 0) return firstThatFits([join(stage, note), stage], columns);
  function* wordings(): Generator<string> {
    for (const width of BAR_WIDTHS)
      yield join(stage, bar(share, width), `${percent}${counted}${time}${behind}`);
    for (const width of BAR_WIDTHS) yield join(stage, bar(share, width), `${percent}${time}`);
    for (let width = columns; width >= SHORTEST_STAGE; width--)
      yield join(shorten(stage, width), `${percent}${time}`);
    yield `${percent}${time}`;
    yield percent;
  }
  return firstThatFits(wordings(), columns);
}

/** @param share 0..1 */
export function bar(share: number, width: number): string {
  const filled = Math.floor(width * Math.min(1, Math.max(0, share)));
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
