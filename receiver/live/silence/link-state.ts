import { isIpv6 } from '../../../codecs/net/index.js';
import {
  type KernelCounters,
  kernelCounters,
  receivedPackets,
  reversePathFilter,
} from '../../../codecs/node/network/kernel-counters.js';

/** What the system knows of the way in, at a moment; undefined: it does not say. */
export interface LinkState {
  /** Packets of all kinds that the interface has received. */
  readonly packets: number | undefined;
  readonly reversePathFilter: number | undefined;
  readonly kernel: KernelCounters | undefined;
}

/** @param joinedBy name of the interface that has joined; undefined: it is not known, or none did */
export function linkState(address: string, joinedBy: string | undefined): LinkState {
  return {
    packets: joinedBy === undefined ? undefined : receivedPackets(joinedBy),
    reversePathFilter: joinedBy === undefined || isIpv6(address) ? undefined : reversePathFilter(joinedBy),
    kernel: kernelCounters(isIpv6(address) ? 6 : 4),
  };
}
