import type { CliIo } from '../command.js';
import { shorten } from './width.js';

/** A terminal on which lines can be rewritten. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Lines that stand at the bottom of a terminal and change, and others that go above them and stay. */
export interface StatusLines {
  /** Columns that a line may take. */
  readonly columns: number;
  /** Replaces the lines; what has no room is cut. */
  show(lines: readonly string[]): void;
  /** Writes a line that stays. */
  print(line: string): void;
  /** Takes the lines away; nothing of them is left. */
  end(): void;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Clears from here to the end of the screen. */
const CLEAR = '\x1b[J';
/** Where a terminal has another opinion of the width of a character, a line is cut and does not wrap. */
const NO_WRAP = '\x1b[?7l';
const WRAP = '\x1b[?7h';

/** The terminal that stderr is; undefined when it is none. */
export function stderrTerminal(io: CliIo): Terminal | undefined {
  return io.stderr === process.stderr && process.stderr.isTTY ? process.stderr : undefined;
}

/** Everything is written at once, and leaves the terminal as it was: a program may be killed at any moment. */
export function createStatusLines(terminal: Terminal): StatusLines {
  let shown: readonly string[] = [];

  const columns = () => Math.max(1, (terminal.columns || DEFAULT_COLUMNS) - 1);
  /** The cursor stands behind the last line. */
  const erase = () => {
    if (shown.length === 0) return '';
    return `\r${shown.length > 1 ? `\x1b[${shown.length - 1}A` : ''}${CLEAR}`;
  };
  const draw = () => (shown.length === 0 ? '' : `${NO_WRAP}${shown.join('\r\n')}${WRAP}`);

  return {
    get columns() {
      return columns();
    },
    show(lines) {
      const erased = erase();
      const most = Math.max(1, (terminal.rows || DEFAULT_ROWS) - 1);
      const next = lines.slice(0, most).map((line) => shorten(line, columns()));
      if (next.length === shown.length && next.every((line, i) => line === shown[i])) return;
      shown = next;
      terminal.write(`${erased}${draw()}`);
    },
    print(line) {
      terminal.write(`${erase()}${line}\n${draw()}`);
    },
    end() {
      if (shown.length > 0) terminal.write(erase());
      shown = [];
    },
  };
}
