import { Command, Option } from 'commander';
import { loadFecSchemes } from '../../codecs/fec/index.js';
import type { SocketAddress } from '../../codecs/net/index.js';
import { CliError } from '../../codecs/node/command.js';
import { duration, repeated } from '../../codecs/node/options.js';
import { loadTrust } from '../../codecs/node/trust.js';
import { printableJson, printableLines } from '../../codecs/text.js';
import { ipAddress, listenAddress } from '../live/address-options.js';
import type { Surroundings } from '../surroundings.js';
import type { Finding } from './finding.js';
import { examineMachine } from './machine.js';
import { examineReception } from './reception.js';

interface Options {
  iface?: string;
  source?: string;
  trust?: string[];
  duration: number;
  json?: true;
}

const DEFAULT_DURATION = 10_000;

const NOTES = `
It looks at this machine, joins the group as "listen" does, listens for a while and says what arrives, what the kernel drops and
why, and whose sessions are on the air. It changes nothing and writes nothing. "listen" may run meanwhile, but for an address of
this machine.

Examples:
  datacast-receive doctor
  datacast-receive doctor 239.255.0.1:4001 --iface eth1 --trust publisher.pub
  datacast-receive doctor 239.255.0.1:4001 --duration 1m --json
  datacast-receive doctor udp://239.1.1.1:1234 --trust publisher.pub

Exit codes: 0 nothing is wrong, 1 something is, 2 wrong command line.`;

const MARKS = { right: 'ok   ', unsure: 'look ', wrong: 'WRONG' } as const;

/** `datacast-receive doctor`: what is right and what is wrong with a reception. */
export function doctorCommand({ io, crypto, interrupted }: Surroundings): Command {
  return new Command('doctor')
    .description('Finds out why nothing is received, or what is: of this machine and of a group.')
    .argument(
      '[GROUP:PORT]',
      'multicast group or own address; IPv6 in brackets; udp:// or rtp:// may stand before it',
      listenAddress,
    )
    .option('--iface <IFACE>', 'network interface that joins the group: its name, or an address of it')
    .option('--source <ADDR>', 'receive only what this sender sends to the group', ipAddress)
    .option(
      '--trust <KEY>',
      "a publisher's public key, as a file or as its line; may be given several times",
      repeated,
    )
    .addOption(
      new Option('--duration <T>', 'how long to listen, like 10s or 1m')
        .argParser(duration)
        .default(DEFAULT_DURATION, '10s'),
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', NOTES)
    .action(async (listenAt: SocketAddress | undefined, options: Options) => {
      const findings = examineMachine(Date.now());
      if (listenAt !== undefined) {
        const { trust = [], duration, iface, source } = options;
        const keys = await loadTrust(trust);
        io.stderr.write(`Listening for ${duration / 1000} s ...\n`);
        const schemes = await loadFecSchemes();
        const how = { listenAt, iface, source, duration, crypto, schemes, interrupted, trust: keys };
        findings.push(...(await examineReception({ ...how, now: Date.now })));
      }
      const isRight = findings.every(({ state }) => state !== 'wrong');
      io.stdout.write(options.json ? `${printableJson({ isRight, findings }, 2)}\n` : asText(findings));
      if (!isRight) throw new CliError('Something is wrong; see above.');
    });
}

function asText(findings: readonly Finding[]): string {
  return printableLines(findings.map(({ state, message }) => `${MARKS[state]} ${message}\n`).join(''));
}
