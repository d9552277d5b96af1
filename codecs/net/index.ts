/** IP addresses, socket addresses and network interfaces as text. */

export {
  canonicalAddress,
  formatAddress,
  isGroupOfLink,
  isIpv6,
  isMulticast,
  parseAddress,
} from './address.js';
export {
  addressesLike,
  findMulticastInterface,
  isInterfaceName,
  type MulticastInterface,
  missingInterface,
  type NetworkInterfaces,
} from './interface.js';
export { formatSocketAddress, parseSocketAddress, type SocketAddress } from './socket-address.js';
