import { networkInterfaces } from 'node:os';
import { dayOf, isPlausibleTime } from '../../codecs/edition/index.js';
import { carriesMulticast } from '../../codecs/node/network/kernel-counters.js';
import { kernelBufferLimit, WANTED_BUFFER } from '../live/input/socket.js';
import { type Finding, right, unsure, wrong } from './finding.js';

/** What there is to know of this machine without a network. @param now Unix time in milliseconds */
export function examineMachine(now: number): Finding[] {
  return [clock(now), buffer(), interfaces()];
}

function clock(now: number): Finding {
  const day = dayOf(now / 1000);
  if (isPlausibleTime(now / 1000)) return right('clock', `The clock says ${day}.`);
  return wrong(
    'clock',
    `The clock says ${day}: it was never set. Certificates would be refused as not valid yet. Set it.`,
  );
}

function buffer(): Finding {
  const limit = kernelBufferLimit();
  if (limit === undefined)
    return unsure('buffer', 'This system does not say how much it holds for a socket.');
  const bytes = `The kernel holds ${limit.toLocaleString('en-US')} bytes for a socket at most`;
  if (limit >= WANTED_BUFFER) return right('buffer', `${bytes}.`);
  return unsure(
    'buffer',
    `${bytes}, ${WANTED_BUFFER.toLocaleString('en-US')} would be better: datagrams that come fast may get lost while this machine is busy. As root: sysctl -w net.core.rmem_max=${WANTED_BUFFER}`,
  );
}

function interfaces(): Finding {
  const texts = Object.entries(networkInterfaces()).flatMap(([name, held = []]) => {
    if (held.every(({ internal }) => internal)) return [];
    const addresses = held.map(({ address }) => address).join(', ');
    return [`${name} (${addresses}${carriesMulticast(name) ? '' : '; no multicast'})`];
  });
  if (texts.length > 0) return right('interfaces', `Network interfaces that are up: ${texts.join('; ')}.`);
  return wrong(
    'interfaces',
    'No network interface is up but that of this machine itself. Look at cable and modem.',
  );
}
