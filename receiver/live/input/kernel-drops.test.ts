import { endianness } from 'node:os';
import { expect, it } from 'vitest';
import { dropsIn, kernelDrops } from './kernel-drops.js';
import { openListeningSocket } from './socket.js';

const TABLE = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1170: 0100007F:0FA1 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1151 2 0000000077f7e9ae 17
 1171: 0100007F:0FA2 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1152 2 0000000077f7e9ae 3
 1172: 0100007F:0FA1 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1153 2 0000000077f7e9ae 5
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
 1170: 000015FF000000000000000001000000:0FA1 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1151 2 0000000077f7e9ae 9
`;

it.skipIf(endianness() === 'BE')('finds the drops of an address in the table of proc(5)', () => {
  expect(dropsIn(TABLE, { address: '127.0.0.1', port: 4001 })).toBe(22);
  expect(dropsIn(TABLE, { address: '127.0.0.1', port: 4003 })).toBeUndefined();
  expect(dropsIn(TABLE6, { address: 'ff15::1', port: 4001 })).toBe(9);
});

it.skipIf(process.platform !== 'linux').each(['127.0.0.1', '::1'])(
  'finds a socket of this process at %s',
  async (address) => {
    const socket = await openListeningSocket(
      { listenAt: { address, port: 0 } },
      () => {},
      () => {},
    );
    expect(kernelDrops(socket.listensAt)).toBe(0);
    await socket.close();
    expect(kernelDrops(socket.listensAt)).toBeUndefined();
  },
);
