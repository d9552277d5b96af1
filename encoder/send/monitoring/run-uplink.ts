import type { SocketAddress } from '../../../codecs/net/index.js';
import { boundedLines, describeLeftOut } from '../../../codecs/node/broken-pipe.js';
import { CliError, type CliIo } from '../../../codecs/node/command.js';
import { loadPromClient } from '../../../codecs/node/monitoring/prom-client.js';
import { type MetricsTarget, publishMetrics } from '../../../codecs/node/monitoring/publish-metrics.js';
import { createStatusLines, stderrTerminal } from '../../../codecs/node/terminal/status-lines.js';
import { serveStatus } from '../status-page/serve-status.js';
import { systemClock } from '../transmit/clock.js';
import type { Uplink } from '../uplink.js';
import type { OnUplinkEvent } from './events.js';
import { createLog, type LogFormat } from './log.js';
import { createMetrics } from './metrics.js';
import { secondsLeft, statusLine } from './status.js';

export interface RunOptions {
  readonly io: CliIo;
  readonly log: LogFormat;
  /** Where metrics are; nowhere unless given. */
  readonly metrics: MetricsTarget | undefined;
  /** Where the page on what is on the air is served; nowhere unless given. */
  readonly statusPage: SocketAddress | undefined;
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

/** Runs an uplink with all that tells the operator of it. */
export async function runUplink(options: RunOptions): Promise<void> {
  const { io, log, duration, mtu, stop } = options;
  const terminal = log === 'text' ? stderrTerminal(io) : undefined;
  const line = terminal && createStatusLines(terminal);
  const tellLeftOut = (lines: number) => onEvent({ type: 'problem', message: describeLeftOut(lines) });
  const print = line?.print ?? boundedLines(io.stderr, tellLeftOut);
  const onEvent: OnUplinkEvent = createLog(log, print, Date.now);
  // better now than when bundles are on the air
  if (options.metrics !== undefined) await loadPromClient();
  const uplink = await options.createUplink(onEvent);
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
    line!.show([statusLine(status, measured, left, line!.columns)]);
  };
  const ticking = line && setInterval(showStatus, STATUS_INTERVAL);
  const ended = new AbortController();
  // a timer of Node is no longer than 24 days
  if (duration !== undefined)
    void systemClock()
      .until(began + duration, ended.signal)
      .then(options.end);
  const closing: (() => Promise<void>)[] = [];
  try {
    for (const open of [openMetrics, openPage]) closing.push(await open(options, uplink, onEvent));
    const { destinations } = await uplink.run(stop);
    const reached = destinations.filter(({ datagrams, errors }) => datagrams === 0 || errors < datagrams);
    if (destinations.length > 0 && reached.length === 0)
      throw new CliError('The system refused every datagram; see above.');
  } finally {
    clearInterval(ticking);
    ended.abort();
    process.off('SIGHUP', uplink.reload);
    line?.end();
    for (const close of closing) await close();
  }
}

type Open = (options: RunOptions, uplink: Uplink, onEvent: OnUplinkEvent) => Promise<() => Promise<void>>;

const nothing = async () => {};

const openMetrics: Open = async ({ metrics }, uplink, onEvent) => {
  if (metrics === undefined) return nothing;
  const registry = createMetrics(await loadPromClient(), uplink.status);
  const published = await publishMetrics(registry, metrics, (message) =>
    onEvent({ type: 'problem', message }),
  );
  onEvent({ type: 'metrics', url: published.where });
  return published.close;
};

const openPage: Open = async ({ statusPage }, uplink, onEvent) => {
  if (statusPage === undefined) return nothing;
  const page = await serveStatus(uplink.status, statusPage);
  onEvent({ type: 'status', url: `${page.origin}/` });
  return page.close;
};
