/** Text that people write. */

import { isDeepStrictEqual } from 'node:util';
import {
  canonicalAddress,
  formatAddress,
  formatSocketAddress,
  isGroupOfLink,
  isMulticast,
  parseAddress,
  parseSocketAddress,
} from '../../../codecs/net/index.js';
import { PcapError } from '../../../codecs/pcap/index.js';
import { ChannelFileError, parseChannelFile } from '../../../encoder/send/channel/channel-file.js';
import { createPrng } from '../../../fixtures/prng.js';
import {
  ChannelError,
  formatChannelSpec,
  meanLoss,
  parseChannelSpec,
  prepareLossModel,
} from '../../channel/index.js';
import { attempt, type FuzzTarget, hold } from '../target.js';
import { textTarget } from './text-target.js';

const address = textTarget({
  name: 'address',
  holds: 'An address has one canonical text, and that is read to the same.',
  seeds: ['239.1.2.3', 'ff15::1', '2001:db8::ffff:192.0.2.1', '::', '239.255.0.1:4001', '[ff15::1]:4001'],
  words: ['::', ':', '.', '0', '255', '256', 'ffff', '[', ']', '%eth0', '/24', '00', ':65535', ':65536'],
  run(text) {
    const socket = parseSocketAddress(text);
    if (socket !== undefined) {
      hold(socket.port >= 0 && socket.port <= 65_535, `The port is ${socket.port}.`);
      const again = parseSocketAddress(formatSocketAddress(socket));
      hold(isDeepStrictEqual(again, socket), 'The socket address written again is another one.');
    }
    const bytes = attempt(() => parseAddress(text), PcapError);
    const canonical = canonicalAddress(text);
    hold((bytes === undefined) === (canonical === undefined), 'The text is an address and is none.');
    if (bytes === undefined || canonical === undefined) return socket !== undefined;
    hold(formatAddress(parseAddress(canonical)) === canonical, 'The canonical text is not canonical.');
    hold(isDeepStrictEqual(parseAddress(canonical), bytes), 'The canonical text is another address.');
    hold(!isGroupOfLink(text) || isMulticast(text), 'A group of the link is no multicast address.');
    return true;
  },
});

const CHANNEL = `dest: 239.255.0.1:4001
rate: 2M
iface: 192.0.2.1
mtu: 1400
auth-depth: 5
first: [index.html, "news/**"]
bundles:
  - name: news
    path: news
    weight: 3
    expect-loss: 20%
    start: 2026-06-01T12:00:00Z
    expires: 2026-06-02T12:00:00+02:00
  - {name: library, path: /srv/library, level: 19, repair: 30%, passes: 2, every: 1d, pause: 5m, order: mixed}
`;

const channelFile = textTarget({
  name: 'channel-file',
  holds: 'What is taken is within its ranges; a mistake names the file and a line.',
  seeds: [CHANNEL, 'dest: 239.255.0.1:4001\nrate: 1M\nbundles: [{name: a, path: b}]\n'],
  words: [
    '- ',
    ': ',
    '\n',
    '\n  ',
    '&a ',
    '*a',
    '!!binary ',
    '!!js/function ',
    '<<: ',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '|\n',
    '---\n',
    '...\n',
    '? ',
    '#',
    '~',
    'null',
    '.inf',
    '.nan',
    '0x10',
    '1e400',
    '__proto__',
    'weight: 0',
    '%YAML 1.1\n---\n',
    '\t',
    '\ufeff',
  ],
  run(text) {
    let message = '';
    const channel = attempt(() => {
      try {
        return parseChannelFile(text, '/etc/channel.yaml');
      } catch (error) {
        if (error instanceof ChannelFileError) message = error.message;
        throw error;
      }
    }, ChannelFileError);
    if (channel === undefined) {
      hold(message.startsWith('/etc/channel.yaml'), `The message does not name the file: ${message}`);
      return false;
    }
    const { rate, link } = channel;
    hold(
      rate === undefined ? link.stream !== undefined : rate > 0 && Number.isFinite(rate),
      `The rate is ${rate}.`,
    );
    hold(channel.bundles.length > 0, 'There is no bundle.');
    const names = new Set(channel.bundles.map(({ name }) => name));
    hold(names.size === channel.bundles.length, 'Two bundles have one name.');
    for (const { weight, path } of channel.bundles) {
      hold(weight > 0 && weight <= 1e6, `A weight is ${weight}.`);
      hold(path.startsWith('/'), 'A path is relative.');
    }
    return true;
  },
});

const channelModel = textTarget({
  name: 'channel-model',
  holds: 'A model that is written of what was read is read to the same; its mean loss is a share.',
  seeds: [
    'bernoulli:loss=20%',
    'gilbert-elliott:loss=0.25,burst=10+recorder:loss=1%',
    'rain-fade:band=ku,lossInFade=0.9',
    'rain-fade:share=1%,meanSeconds=60',
    'pass:orbit=leo,edgeLoss=30%,edgeSeconds=20',
    'pass:periodSeconds=5000,windowSeconds=600',
    'recorder:loss=0.1,burst=3,startSeconds=1,endSeconds=2,durationSeconds=60',
  ],
  words: [
    '+',
    ':',
    ',',
    '=',
    '%',
    'loss=',
    'burst=',
    'trace:',
    'bernoulli',
    '1e-300',
    '1e300',
    '.5',
    '__proto__',
    'constructor',
    'orbit=',
    'band=',
  ],
  run(text) {
    // a trace is a file of somebody's: it is not read
    if (text.includes('trace')) return false;
    const spec = attempt(() => parseChannelSpec(text), ChannelError);
    if (spec === undefined) return false;
    hold(
      isDeepStrictEqual(parseChannelSpec(formatChannelSpec(spec)), spec),
      'The model written again is another one.',
    );
    const create = attempt(() => prepareLossModel(spec), ChannelError);
    if (create === undefined) return false;
    const mean = meanLoss(spec);
    hold(mean >= 0 && mean <= 1, `The mean loss is ${mean}.`);
    create(createPrng(1));
    return true;
  },
});

export const targets: readonly FuzzTarget[] = [address, channelFile, channelModel];
