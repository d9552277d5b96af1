import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex, utf8Encode } from '../../codecs/bytes.js';
import { type FecSchemes, loadFecSchemes } from '../../codecs/fec/index.js';
import { formatPublicKey } from '../../codecs/minisign/index.js';
import {
  bytesOf,
  FLOW4,
  FLOW6,
  packetOf,
  streamOf,
  tablesOf,
  uleStreamOf,
} from '../../codecs/mpegts/testing.js';
import { runCli } from '../../codecs/node/command.js';
import { nodeCrypto } from '../../codecs/node/crypto.js';
import { recordingInputs } from '../../codecs/node/recordings/recording-input.js';
import { PcapError, type UdpDatagram, type UdpFlow } from '../../codecs/pcap/index.js';
import {
  amt,
  ethernet,
  fragments,
  gre,
  inIpv4,
  inIpv6,
  ipv4,
  mpls,
  pppoe,
  snap,
  vlan,
  vxlan,
} from '../../codecs/pcap/packet/testing.js';
import { fileOf } from '../../codecs/pcap/testing.js';
import { createRecordingReader } from '../../codecs/recording/index.js';
import { inspectRecording } from '../../encoder/inspect/inspect.js';
import { formatInspection } from '../../encoder/inspect/inspect-report.js';
import { createPrng } from '../../fixtures/prng.js';
import { createReceiveProgram } from '../program.js';
import { testEditionOf, testPublisher } from '../testing.js';
import {
  everyBlock,
  firstOnesFirst,
  gzip,
  halves,
  joined,
  offloaded,
  overUdp,
  type Payloads,
  packets,
  padded,
  pcap,
  pcap6,
  pcapng,
  reversed,
  snapped,
  twice,
  twoInterfaces,
  type Wrap,
  zstd,
} from './testing-wrappings.js';

const CONTENT = { 'index.html': createPrng(1).bytes(3000) };
/** Unix time in seconds. */
const CLOCK = Date.UTC(2026, 5, 1) / 1000;

let work = '';
let schemes: FecSchemes;
/** All datagrams of an edition. */
let sent: Payloads;
const at = (name: string) => join(work, name);

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), 'datacast-wrappings-'));
  schemes = await loadFecSchemes();
  const publisher = await testPublisher(nodeCrypto, 1);
  const edition = await testEditionOf([CONTENT], { crypto: nodeCrypto, schemes, publisher, symbolSize: 512 });
  sent = [...(await edition.announce()), ...(await edition.send())];
  writeFileSync(at('publisher.pub'), formatPublicKey(publisher));
});
afterAll(() => rmSync(work, { recursive: true }));

const tcp = ipv4(6, new Uint8Array(40)).bytes;
const inOrder = (sent: Payloads) => sent;
const backwards = (sent: Payloads) => sent.toReversed();

/** What recorders and networks make of a session: all of it is there. */
const READ: readonly (readonly [string, Wrap, UdpFlow?, ((sent: Payloads) => Payloads)?])[] = [
  ['pcapng, little-endian', pcapng(true)],
  ['pcapng with an Ethernet and a raw interface', twoInterfaces('ethernet', 'raw')],
  ['pcap in gzip', gzip(pcap('raw'))],
  ['OpenBSD loopback', pcap('loop')],
  ['PPP', pcap('ppp')],
  ['PPPoE', pcap('ethernet', pppoe)],
  ['MPLS', pcap('ethernet', mpls(17))],
  ['IPv4 fragments', pcap('ethernet', halves)],
  ['IPv6 fragments', pcap6('ethernet', halves), FLOW6],
  ['made on the sending host', offloaded],
  ['GRE', pcap('ethernet', gre())],
  ['transport stream over UDP', overUdp(7 * 188, false)],
  ['two interfaces with TCP between', twoInterfaces('ethernet', 'ethernet', [tcp])],
  ['all interfaces of Linux', pcapng(true, 'linuxCooked')],
  ['pcapng with every block, little-endian', everyBlock(true)],
  ['pcapng with every block, big-endian', everyBlock(false)],

  ['VLAN in Linux cooked', pcap('linuxCooked', vlan(7))],
  ['stacked VLANs in Linux cooked 2', pcap6('linuxCooked2', vlan(7), vlan(8, 0x88a8)), FLOW6],
  ['MPLS in stacked VLANs', pcap('ethernet', mpls(17), vlan(7), vlan(8, 0x88a8))],
  ['PPPoE in stacked VLANs', pcap6('ethernet', pppoe, vlan(7), vlan(8, 0x9100)), FLOW6],
  ['MPLS in PPPoE', pcap('ethernet', mpls(16, 17), pppoe)],
  ['LLC and SNAP in a VLAN', pcap('ethernet', snap, vlan(7))],
  ['three labels of MPLS', pcap6('ethernet', mpls(16, 17, 18)), FLOW6],
  ['GRE with key, in a VLAN', pcap6('ethernet', gre(true), vlan(7)), FLOW6],
  ['VLAN, Ethernet, GRE', pcap('raw', vlan(7), ethernet, gre())],
  ['MPLS in GRE', pcap('ethernet', mpls(17), gre())],
  ['GRE in IPv4 in GRE', pcap('ethernet', gre(), inIpv4, gre(true))],
  ['IPv6 in IPv4 in IPv6', pcap6('raw', inIpv4, inIpv6), FLOW6],
  ['AMT in PPPoE', pcap('ethernet', amt, pppoe)],
  ['VLAN in VXLAN in a VLAN', pcap6('ethernet', vlan(7), vxlan, vlan(8)), FLOW6],
  ['fragments of a tunnel', pcap('ethernet', amt, halves)],
  ['fragments in a tunnel, in fragments', pcap('ethernet', halves, gre(), fragments(208))],
  ['fragments backwards', pcap('ethernet', fragments(104), reversed), FLOW4, backwards],
  ['fragments that come twice', pcap('ethernet', halves, twice)],
  ['fragments, all first ones first', pcap('ethernet', halves, firstOnesFirst)],
  ['IPv6 fragments in MPLS', pcap6('linuxCooked', halves, firstOnesFirst, mpls(17)), FLOW6],
  ['radiotap', pcap6('radiotap'), FLOW6],
  ['802.11 with MPLS', pcap('wifi', mpls(17))],
  ['Cisco HDLC with MPLS', pcap('ciscoHdlc', mpls(17))],
  ['ATM', pcap6('atmLlc', inIpv4), FLOW6],
  ['PPPoE without Ethernet, with GRE', pcap('pppEther', gre())],
  ['BSD loopback', pcap6('null'), FLOW6],
  ['pcap, big-endian', (sent) => fileOf(101, packets(sent), false)],
  ['pcap, big-endian, nanoseconds', (sent) => fileOf(12, packets(sent), false, 0xa1b23c4d)],
  ['pcap, nanoseconds, IPv6 only', (sent) => fileOf(229, packets(sent, FLOW6), true, 0xa1b23c4d), FLOW6],
  ['pcapng, big-endian, nanoseconds', pcapng(false, 'ethernet', 9)],
  ['pcapng, units of 1/1,048,576 s', pcapng(true, 'linuxCooked2', 0x94)],
  ['pcapng, units of a second', pcapng(true, 'raw', 0)],
  [
    'pcapng sections of both byte orders',
    joined(pcapng(true), pcapng(false, 'loop', 3), pcapng(true, 'raw')),
  ],
  ['two pcap files in one, of different links', joined(pcap('raw'), pcap('ethernet', vlan(3)))],
  [
    'pcap files of both byte orders in one',
    joined(pcap('raw'), (sent) => fileOf(101, packets(sent), false, 0xa1b23c4d)),
  ],
  ['pcapng in gzip', gzip(pcapng(false))],
  ['two files in gzip, one behind the other', joined(gzip(pcap('raw')), gzip(pcap('ethernet')))],
  ['pcap in zstd', zstd(pcap('ppp'))],
  ['two files in zstd, one behind the other', joined(zstd(pcapng(true)), zstd(pcapng(false)))],
  ['transport stream', streamOf],
  ['transport stream of 192-byte packets in gzip', gzip(padded(4, 0))],
  ['transport stream of 204-byte packets', padded(0, 16)],
  ['transport stream in RTP', overUdp(7 * 188, true)],
  ['transport stream in RTP, in a VLAN and fragments', overUdp(7 * 188, true, fragments(800), vlan(7))],
  ['transport stream over UDP, not cut at packets', overUdp(1410, false)],
  ['transport stream over UDP in GRE, in zstd', zstd(overUdp(4 * 188, false, gre()))],
];

const raw =
  (...frames: Payloads): Wrap =>
  () =>
    fileOf(101, frames);
const link =
  (linkType: number, hex: string): Wrap =>
  () =>
    fileOf(linkType, [fromHex(hex), fromHex(hex)]);
const begins =
  (hex: string): Wrap =>
  () =>
    concatBytes(fromHex(hex), new Uint8Array(200));
/** The datagrams with other bytes in their header. */
const altered =
  (place: number, value: number): Wrap =>
  (sent) => {
    const changed = sent.map((each) => each.with(place, value));
    return fileOf(101, packets(changed));
  };
/** Without the last bytes. */
const cut =
  (bytes: number, wrap: Wrap): Wrap =>
  async (sent) =>
    (await wrap(sent)).subarray(0, -bytes);
/** With bytes of no sense in the place of record 3. */
const torn =
  (wrap: Wrap): Wrap =>
  async (sent) => {
    const before = (await wrap(sent.slice(0, 2))).length;
    const after = (await wrap(sent.slice(0, 3))).length;
    return (await wrap(sent)).fill(0xff, before, after);
  };
/** A source packet of ROUTE (ATSC A/331 annex A). */
const ROUTE = '12a0040800000000000000010000000200000000aabb';
const television = () => tablesOf([0x1b, 0x0f]);
const paid = () =>
  concatBytes(
    ...Array.from({ length: 99 }, (_, i) =>
      packetOf(0x200, bytesOf(184, i), { scrambling: 2, continuity: i & 15 }),
    ),
  );
const none = () => 0;
const allBut = (count: number) => (all: number) => all - count;

/** What nothing, or not all, can be had from: words of the receiver and of `inspect`, and how many datagrams are there. */
const REFUSED: readonly (readonly [string, Wrap, RegExp, (all: number) => number])[] = [
  ['ULE', uleStreamOf, /ULE \(RFC 4326\) is not read here/, none],
  ['cut short by the recorder', snapped(300), /that the recorder cut short/, none],
  [
    'Reed-Solomon, FEC Encoding ID 2',
    altered(3, 2),
    /FEC Encoding ID 2 \(Reed-Solomon\), which is not/,
    allBut(0),
  ],
  [
    'Reed-Solomon, FEC Encoding ID 5',
    altered(3, 5),
    /FEC Encoding ID 5 \(Reed-Solomon\), which is not/,
    allBut(0),
  ],

  ['LDPC-Staircase', altered(3, 3), /FEC Encoding ID 3 \(LDPC-Staircase\), which is not/, allBut(0)],
  [
    'ROUTE',
    () => fileOf(101, packets([fromHex(ROUTE), fromHex(ROUTE)])),
    /ROUTE \(ATSC 3.0\), which is not read/,
    () => 2,
  ],
  ['RTP with something else', altered(0, 0x80), /RTP or RTCP, perhaps/, allBut(0)],
  ['other datagrams', altered(0, 0), /something else/, allBut(0)],
  ['data carousel', () => tablesOf([0x0b]), /data carousel is not read here/, none],
  ['television', television, /1 video, 1 sound.*another transponder/, none],
  ['scrambled television', paid, /99 scrambled packets/, none],
  ['TCP', raw(tcp, tcp), /2 TCP/, none],
  ['IPsec', raw(ipv4(50, new Uint8Array(40)).bytes), /1 ESP \(encrypted\)/, none],
  ['ARP', link(1, 'ffffffffffff02000000000108060001080006040001'), /2 ARP/, none],
  ['PPPoE discovery', link(1, 'ffffffffffff02000000000188631109000000040101'), /2 PPPoE discovery/, none],
  ['LCP', link(9, 'ff03c0210101000400'), /2 PPP protocol 0xc021/, none],
  [
    'encrypted 802.11',
    link(105, '0842000001005e7f010202000000000102000000000210000000'),
    /2 encrypted 802.11/,
    none,
  ],
  ['USB', link(189, '00'), /has link type 189; read are Ethernet \(1\), raw IP/, none],
  [
    'first fragments alone',
    pcap('raw', halves, (units) => units.filter((_, i) => i % 2 === 0)),
    /IP fragments/,
    none,
  ],
  ['cut pcap', cut(10, pcap('ethernet')), /cut off/, allBut(1)],
  ['cut pcapng', cut(10, pcapng(false)), /cut off/, allBut(1)],
  ['damaged pcap', torn(pcap('raw')), /Record 3 at byte \d+ is damaged/, () => 2],
  ['damaged pcapng', torn(pcapng(true)), /damaged|malformed/, allBut(1)],
  ['empty file', () => new Uint8Array(0), /ends after 0 bytes/, none],
  [
    'text',
    () => utf8Encode('0000  45 00 00 20\n'.repeat(20)),
    /Not a pcap recording, and no transport stream/,
    none,
  ],
  ['snoop', begins('736e6f6f7000000000000002'), /snoop.*editcap -F pcap/, none],
  ['Network Monitor', begins('474d4255'), /Network Monitor.*editcap -F pcap/, none],
  ['modified pcap', begins('34cdb2a102000400'), /modified pcap.*editcap -F pcap/, none],
  ['xz', begins('fd377a585a00'), /xz -dk FILE/, none],
  ['bzip2', begins('425a6839'), /bzip2 -dk FILE/, none],
  ['zip', begins('504b0304'), /unzip FILE/, none],
];

async function read(name: string): Promise<UdpDatagram[]> {
  const reader = createRecordingReader();
  const found: UdpDatagram[] = [];
  const take = (datagrams: readonly UdpDatagram[]) =>
    found.push(...datagrams.map((each) => ({ ...each, payload: each.payload.slice() })));
  const [input] = await recordingInputs([at(name)]);
  try {
    for await (const chunk of input!.read()) take(reader.push(chunk));
    take(reader.end());
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
  }
  return found;
}

/** What the receiver says, and its exit code. */
async function receiverSays(name: string): Promise<{ code: number; text: string }> {
  let text = '';
  const io = { stdout: { write: () => {} }, stderr: { write: (line: string) => (text += line) } };
  const interrupted = new AbortController().signal;
  const args = [at(name), '--trust', at('publisher.pub'), '--out', at('out'), '--jobs', '1'];
  const code = await runCli(createReceiveProgram({ io, crypto: nodeCrypto, interrupted }), args, io);
  rmSync(at('out'), { recursive: true, force: true });
  return { code, text };
}

async function inspectSays(name: string): Promise<string> {
  const [input] = await recordingInputs([at(name)]);
  try {
    return formatInspection(await inspectRecording(input!.read, schemes, nodeCrypto), CLOCK);
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
    return error.message;
  }
}

const namesOf = ({
  source,
  sourcePort,
  destination,
  destinationPort,
  payload,
}: UdpFlow & { payload: Uint8Array }) =>
  [source, sourcePort, destination, destinationPort, toHex(payload)].join(' ');

describe('a session is read from', () => {
  const rows = READ.map(([name, wrap, flow = FLOW4, order = inOrder]) => ({ name, wrap, flow, order }));

  it.each(rows)('$name', async ({ wrap, flow, order }) => {
    writeFileSync(at('recording'), await wrap(sent));
    const expected = order(sent).map((payload) => namesOf({ ...flow, payload }));
    expect((await read('recording')).map(namesOf)).toEqual(expected);
  });
});

describe('the receiver and inspect say what is wrong with', () => {
  it.each(REFUSED)('%s', async (_, wrap, words, count) => {
    writeFileSync(at('recording'), await wrap(sent));
    const { code, text } = await receiverSays('recording');
    expect(text).toMatch(words);
    expect(await inspectSays('recording')).toMatch(words);
    expect(code).toBe(1);
    expect(await read('recording')).toHaveLength(count(sent.length));
  });
});

it('the session in these tests is whole', async () => {
  writeFileSync(at('recording'), await pcap('ethernet')(sent));
  expect((await receiverSays('recording')).code).toBe(0);
});
