import { printableJson, printableLines } from '../../codecs/text.js';
import { describeListenEvent, type OnListenEvent } from './events.js';

export type LogFormat = 'text' | 'json';

/** Writes events as lines: sentences with the time before them, or JSON objects. */
export function createLog(
  format: LogFormat,
  write: (line: string) => void,
  now: () => number,
): OnListenEvent {
  return (event) => {
    const time = new Date(now()).toISOString();
    write(
      format === 'json'
        ? printableJson({ time, ...event })
        : `${time} ${printableLines(describeListenEvent(event))}`,
    );
  };
}
