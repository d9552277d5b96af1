import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireTool } from '../../../fixtures/tools.js';
import { concatBytes, toHex } from '../../bytes.js';
import { LinkType } from '../index.js';
import { bytesOf, FLOW4, FLOW6, packet, pcapngWriter, readAll } from '../testing.js';
import {
  amt,
  ethernet,
  fragments,
  gre,
  inIpv4,
  inIpv6,
  type Layer,
  LINKS,
  layered,
  mpls,
  pppoe,
  snap,
  vlan,
  vxlan,
} from './testing.js';

type Link = keyof typeof LINKS;

/** Layers that an Ethernet frame may have; others have them as well, as far as they can announce them. */
const LAYERS: readonly (readonly Layer[])[] = [
  [vlan(100)],
  [vlan(100), vlan(1, 0x88a8)],
  [mpls(17)],
  [mpls(16, 17, 18), vlan(7)],
  [pppoe],
  [pppoe, vlan(7)],
  [snap],
  [gre()],
  [gre(true), vlan(9)],
  [vlan(5), ethernet, gre()],
  [inIpv4],
  [inIpv6],
  [inIpv4, inIpv4],
  [amt],
  [vxlan],
  [vlan(5), vxlan, pppoe],
  [fragments(48)],
  [fragments(48), (units) => units.toReversed()],
  [fragments(48), gre()],
  [fragments(48), pppoe, vlan(3)],
];

/** Frames of every link type, one interface each, with a datagram of their own. */
function everyFrame(): { linkType: number; frame: Uint8Array; ip: 4 | 6 }[] {
  let seed = 0;
  const of = (name: Link, ip: 4 | 6, layers: readonly Layer[]) => {
    const [linkType, frame] = LINKS[name];
    const payload = bytesOf(60 + (seed % 50), ++seed);
    const packets = [packet(ip === 4 ? FLOW4 : FLOW6, payload)];
    return layered(packets, ...layers).map((unit) => ({ linkType, frame: frame(unit), ip }));
  };
  const versions = (name: Link): (4 | 6)[] => (name === 'ipv4' ? [4] : name === 'ipv6' ? [6] : [4, 6]);
  const plain = (Object.keys(LINKS) as Link[]).flatMap((name) =>
    versions(name).flatMap((ip) => of(name, ip, [])),
  );
  const wrapped = LAYERS.flatMap((layers) => ([4, 6] as const).flatMap((ip) => of('ethernet', ip, layers)));
  const others = (
    ['linuxCooked', 'linuxCooked2', 'wifi', 'radiotap', 'ciscoHdlc', 'atmLlc'] as const
  ).flatMap((name) => [...of(name, 4, [mpls(17)]), ...of(name, 6, [vxlan]), ...of(name, 4, [fragments(40)])]);
  const ppp = (['ppp', 'pppHdlc', 'pppEther'] as const).flatMap((name) => [
    ...of(name, 6, [mpls(17)]),
    ...of(name, 4, [gre(true)]),
  ]);
  return [...plain, ...wrapped, ...others, ...ppp];
}

/** The last of the addresses, of the version that the frame names last. */
function addressOf(protocols: string, ipv4: string, ipv6: string): string {
  const names = protocols.split(':');
  return names.lastIndexOf('ipv6') > names.lastIndexOf('ip') ? ipv6 : ipv4;
}

it('finds what tshark finds on every link type, datagram for datagram', (context) => {
  if (!requireTool('tshark', context)) return;
  const frames = everyFrame();
  expect(new Set(frames.map(({ linkType }) => linkType))).toEqual(new Set(Object.values(LinkType)));
  const to = pcapngWriter(false);
  const links = [...new Set(frames.map(({ linkType }) => linkType))];
  const recording = concatBytes(
    to.section(),
    ...links.map((linkType) => to.interface(linkType)),
    ...frames.map(({ linkType, frame }, i) => to.enhanced(links.indexOf(linkType), BigInt(i), frame)),
  );
  const directory = mkdtempSync(join(tmpdir(), 'datacast-tshark-'));
  try {
    const file = join(directory, 'every.pcapng');
    writeFileSync(file, recording);
    const names = ['frame.protocols', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst'];
    const fields = [...names, 'udp.srcport', 'udp.dstport', 'udp.payload'].flatMap((name) => ['-e', name]);
    const decode = ['-d', 'udp.port==40085,data', '-d', 'udp.port==1,data'];
    const args = ['-r', file, '-n', '-T', 'fields', '-E', 'occurrence=l', ...decode, ...fields];
    const output = execFileSync('tshark', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const theirs = output
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'))
      .filter((row) => row[7] !== '')
      .map(([protocols, src4, dst4, src6, dst6, ...rest]) =>
        [addressOf(protocols!, src4!, src6!), addressOf(protocols!, dst4!, dst6!), ...rest].join(' '),
      );
    const { datagrams, counters } = readAll(recording);
    const ours = datagrams.map(({ source, destination, sourcePort, destinationPort, payload }) =>
      [source, destination, sourcePort, destinationPort, toHex(payload)].join(' '),
    );
    expect(ours).toEqual(theirs);
    expect(ours).toHaveLength(new Set(ours).size);
    expect(counters).toMatchObject({ fragments: 0, malformed: 0, badChecksums: 0, otherPackets: 0 });
    expect(ours.length + counters.reassembled).toBe(frames.length);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
