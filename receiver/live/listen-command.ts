import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import { boundedLines, describeLeftOut } from '../../codecs/node/broken-pipe.js';
import { UsageError } from '../../codecs/node/command.js';
import { loadPromClient } from '../../codecs/node/monitoring/prom-client.js';
import {
  type MetricsTarget,
  metricsTarget,
  type PublishedMetrics,
  publishMetrics,
} from '../../codecs/node/monitoring/publish-metrics.js';
import { byteCount, jobCount, repeated } from '../../codecs/node/options.js';
import { stderrTerminal } from '../../codecs/node/terminal/status-lines.js';
import { loadTrust } from '../../codecs/node/trust.js';
import type { Verify } from '../engine/interface.js';
import { maxSizeOption, wholeOption } from '../options.js';
import type { Surroundings } from '../surroundings.js';
import { ipAddress } from './address-options.js';
import { createBars, createProgressEvents } from './display.js';
import type { OnListenEvent } from './events.js';
import { type InputSource, nameOfSource, parseInputSource } from './input/input-source.js';
import { listen } from './listen.js';
import { createLog, type LogFormat } from './log.js';
import { createMetrics, type ListenStatus } from './metrics.js';
import { monotonic } from './monotonic.js';

interface Options {
  iface?: string;
  source?: string;
  trust?: string[];
  out: string;
  state: string;
  maxStore: number;
  maxSize: number;
  verify: Verify;
  jobs: number;
  log: LogFormat;
  once?: true;
  whole?: true;
  metrics?: MetricsTarget;
}

const DEFAULT_MAX_STORE = 8 * 2 ** 30;

const NOTES = `
DIR/<name> has the newest edition of each bundle. An edition comes in parts, and each part is there to be read as soon as it
is complete, verified and on the disk: first the front, then text, pictures, sound and film. Where a part of the new edition
is missing, the files of the edition before stay. With --whole an edition appears when all of it is there. What was
received of incomplete parts is kept in the state directory, also after a kill. The next run, or
"datacast-receive FILE... --state DIR", continues from there.

SIGTERM and SIGINT end the program properly. docs/listening.md explains how to run it as a service.

Examples:
  What is sent to a multicast group, until you stop it:
    datacast-receive listen 239.255.0.1:4001 --trust publisher.pub --out news --state /var/lib/datacast
  A transport stream that a modulator, a satellite router or "datacast send --ts" sends, over UDP or RTP:
    datacast-receive listen udp://239.1.1.1:1234 --trust publisher.pub --out news --state state
  What a tuner receives, all of it (dvbv5-zap -r -P tunes it and goes on running):
    datacast-receive listen /dev/dvb/adapter0/dvr0 --trust publisher.pub --out news --state state
  What another program writes, as a transport stream or a pcap recording:
    tcpdump -i eth0 -w - udp | datacast-receive listen - --trust publisher.pub --out news --state state
  From one sender only, through one network interface:
    datacast-receive listen 232.1.2.3:4001 --source 192.0.2.1 --iface eth1 --trust publisher.pub --out news --state state
  Until all announced editions are complete, with events for a script:
    datacast-receive listen [ff15::1]:4001 --trust publisher.pub --out news --state state --once --log json

Exit codes: 0 ended by a signal, or all is complete at the end of the input or by --once; 1 failed, or something is missing; 2 wrong
command line.`;

/** `datacast-receive listen`: receives what never ends. */
export function listenCommand({ io, crypto, interrupted }: Surroundings): Command {
  return new Command('listen')
    .description('Receives bundles as they are sent and keeps the newest edition of each.')
    .argument(
      '<INPUT>',
      'multicast group or own address with its port (IPv6 in brackets); udp:// or rtp:// before it for a transport stream; a device, a pipe, or - for standard input',
      inputSource,
    )
    .option('--iface <IFACE>', 'network interface that joins the group: its name, or an address of it')
    .option('--source <ADDR>', 'receive only what this sender sends to the group', ipAddress)
    .option(
      '--trust <KEY>',
      "a publisher's public key, as a file or as its line; may be given several times",
      repeated,
    )
    .requiredOption('--out <DIR>', 'directory for the bundles')
    .requiredOption('--state <DIR>', 'directory for what must outlive the program')
    .addOption(
      new Option('--max-store <BYTES>', 'the most that unfinished editions may take, like 500M or 8G')
        .argParser(byteCount)
        .default(DEFAULT_MAX_STORE, '8 GiB'),
    )
    .addOption(wholeOption())
    .addOption(maxSizeOption())
    .addOption(
      new Option(
        '--verify <WHEN>',
        'check each signature at once (eager), only when needed (lazy), or at once while there is time (auto)',
      )
        .choices(['auto', 'eager', 'lazy'])
        .default('auto'),
    )
    .option('--jobs <N>', 'threads to work with', jobCount, availableParallelism())
    .addOption(new Option('--log <FORMAT>', 'events on stderr').choices(['text', 'json']).default('text'))
    .option(
      '--metrics <PORT|ADDR:PORT|FILE.prom>',
      'metrics for Prometheus, at a port of 127.0.0.1 or another address, or in a file; needs the npm package prom-client',
      metricsTarget,
    )
    .option('--once', 'end when all editions that were announced are complete')
    .addHelpText('after', NOTES)
    .action(async (source: InputSource, options: Options) => {
      const { trust = [], log, once = false, whole = false, metrics, ...others } = options;
      const { iface, source: sender, ...rest } = others;
      const input = withSocketOptions(source, iface, sender);
      if (trust.length === 0) throw new UsageError("Give the publisher's public key with --trust.");
      const terminal = log === 'text' ? stderrTerminal(io) : undefined;
      const bars = terminal && createBars(terminal);
      const tellLeftOut = (lines: number) => onEvent({ type: 'problem', message: describeLeftOut(lines) });
      const print = bars?.print ?? boundedLines(io.stderr, tellLeftOut);
      const onEvent: OnListenEvent = createLog(log, print, Date.now);
      const onProblem = (message: string) => onEvent({ type: 'problem', message });
      let published: PublishedMetrics | undefined;
      try {
        const schemes = await loadFecSchemes();
        const onProgress = bars?.show ?? createProgressEvents(onEvent, monotonic);
        const keys = await loadTrust(trust);
        const parts = { crypto, schemes, trust: keys, input, once, whole, onEvent, onProgress };
        const promClient = metrics && (await loadPromClient());
        const onReady =
          promClient &&
          (async (status: () => ListenStatus) => {
            published = await publishMetrics(createMetrics(promClient, status), metrics, onProblem);
            onEvent({ type: 'metrics', at: published.where });
          });
        await listen({ ...rest, ...parts, onReady }, interrupted);
      } finally {
        await published?.close();
        bars?.end();
      }
    });
}

function inputSource(text: string): InputSource {
  const source = parseInputSource(text);
  if (source !== undefined) return source;
  throw new InvalidArgumentError(
    'An address and a port are needed, like 239.255.0.1:4001, [ff15::1]:4001 or udp://239.1.1.1:1234; or a device or pipe, like /dev/dvb/adapter0/dvr0; or - for standard input.',
  );
}

function withSocketOptions(source: InputSource, iface?: string, sender?: string): InputSource {
  if (source.kind === 'socket') return { ...source, iface, source: sender };
  const option = iface !== undefined ? '--iface' : sender !== undefined ? '--source' : undefined;
  if (option === undefined) return source;
  throw new UsageError(`${option} belongs to a multicast group, and ${nameOfSource(source)} is none.`);
}
