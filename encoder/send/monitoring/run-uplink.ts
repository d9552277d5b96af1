import { CliError, type CliIo } from '../../../codecs/node/command.js';
import { systemClock } from '../transmit/clock.js';
import type { Uplink } from '../uplink.js';
import type { OnUplinkEvent } from './events.js';
import { createLog, type LogFormat } from './log.js';
import { createMetrics, loadPromClient, serveMetrics } from './metrics.js';
import { createStatusLine, secondsLeft, statusLine } from './status.js';

export interface RunOptions {
  readonly io: CliIo;
  readonly log: LogFormat;
  /** Port of the metrics; none unless given. */
  readonly metricsPort: number | undefined;
  /** Milliseconds to run; until all is sent unless given. */
  readonly duration: number | undefined;
  /** Bytes of a full packet. */
  readonly mtu: number;
  readonly stop: AbortSignal;
  /** Aborts `stop`. */
  end(): void;
  createUplink(onEvent: OnUplinkEvent): Promise<Uplink>;
}

const STATUS_INTERVAL = 1000;
const COLUMNS = 100;

/** Runs an uplink with all that tells the operator of it. */
export async function runUplink(options: RunOptions): Promise<void> {
  const { io, log, metricsPort, duration, mtu, stop } = options;
  const terminal =
    io.stderr === process.stderr && process.stderr.isTTY && log === 'text' ? process.stderr : undefined;
  const line = terminal && createStatusLine(terminal);
  const print = line?.print ?? ((text: string) => void io.stderr.write(`${text}\n`));
  const onEvent = createLog(log, print, Date.now);
  const promClient = metricsPort === undefined ? undefined : await loadPromClient();
  const uplink = await options.createUplink(onEvent);
  const metrics = promClient && (await serveMetrics(createMetrics(promClient, uplink.status), metricsPort!));
  if (metrics) onEvent({ type: 'metrics', url: `http://127.0.0.1:${metrics.port}/metrics` });
  process.on('SIGHUP', uplink.reload);

  const began = performance.now();
  let before = { bytes: 0, time: began };
  const showStatus = () => {
    const status = uplink.status();
    const time = performance.now();
    const measured = (8000 * (status.stats.bytes - before.bytes)) / (time - before.time);
    before = { bytes: status.stats.bytes, time };
    const left =
      duration === undefined ? secondsLeft(status, mtu) : Math.max(0, duration - (time - began)) / 1000;
    line!.show(statusLine(status, measured, left, (terminal!.columns ?? COLUMNS) - 1));
  };
  const ticking = line && setInterval(showStatus, STATUS_INTERVAL);
  const ended = new AbortController();
  // a timer of Node is no longer than 24 days
  if (duration !== undefined)
    void systemClock()
      .until(began + duration, ended.signal)
      .then(options.end);
  try {
    const { destinations } = await uplink.run(stop);
    const reached = destinations.filter(({ datagrams, errors }) => datagrams === 0 || errors < datagrams);
    if (destinations.length > 0 && reached.length === 0)
      throw new CliError('The system refused every datagram; see above.');
  } finally {
    clearInterval(ticking);
    ended.abort();
    process.off('SIGHUP', uplink.reload);
    line?.end();
    await metrics?.close();
  }
}
