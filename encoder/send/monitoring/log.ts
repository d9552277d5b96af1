import { printableJson, printableLines } from '../../../codecs/text.js';
import { describeEvent, type OnUplinkEvent } from './events.js';

export type LogFormat = 'text' | 'json';

/** Short passes follow one another fast; a later event has the number of the pass anyway. */
const PASS_INTERVAL = 60_000;

/** Writes events as lines: sentences with the time before them, or JSON objects; of passes at most one a minute of each bundle. */
export function createLog(
  format: LogFormat,
  write: (line: string) => void,
  now: () => number,
): OnUplinkEvent {
  const lastPass = new Map<string, number>();
  return (event) => {
    const unix = now();
    if (event.type === 'pass') {
      if (unix - (lastPass.get(event.bundle) ?? Number.NEGATIVE_INFINITY) < PASS_INTERVAL) return;
      lastPass.set(event.bundle, unix);
    }
    const time = new Date(unix).toISOString();
    write(
      format === 'json'
        ? printableJson({ time, ...event })
        : `${time} ${printableLines(describeEvent(event))}`,
    );
  };
}
