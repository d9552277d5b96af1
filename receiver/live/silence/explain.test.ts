import { describe, expect, it } from 'vitest';
import { createCounters } from '../../engine/ports/events.js';
import { explainSilence, type Silence } from './explain.js';
import { describeNoSession, watchForSession } from './no-session.js';

const STATE = { packets: 100, reversePathFilter: 1, kernel: { reversePath: 3, damaged: 0, noRoom: 5 } };
const QUIET: Silence = {
  listensAt: { address: '239.255.0.1', port: 4001 },
  joinedBy: 'eth1',
  source: undefined,
  before: STATE,
  now: STATE,
  others: { datagrams: 0, senders: [] },
};

describe('silence', () => {
  it('of a dead interface', () => {
    const [first, ...more] = explainSilence(QUIET);
    expect(first).toMatch(
      /^The network interface eth1 has joined 239\.255\.0\.1:4001, and has received nothing at all/,
    );
    expect(more).toEqual([expect.stringMatching(/tcpdump -ni eth1 udp port 4001$/)]);
  });

  it('of a kernel that drops', () => {
    const kernel = { reversePath: 13, damaged: 1, noRoom: 5 };
    const sentences = explainSilence({ ...QUIET, now: { ...STATE, packets: 150, kernel } });
    expect(sentences[0]).toMatch(/^The kernel dropped 10 packets, .* net\.ipv4\.conf\.eth1\.rp_filter=0;/);
    expect(sentences[1]).toBe('The kernel dropped 1 datagram with a wrong checksum.');
    expect(sentences[2]).toMatch(/has received 50 packets of other kinds meanwhile\.$/);
  });

  it('beside other groups, senders, or on a system that says nothing', () => {
    const others = { datagrams: 7, senders: ['192.0.2.1', '192.0.2.2'] };
    const nothing = { packets: undefined, reversePathFilter: undefined, kernel: undefined };
    const sentences = explainSilence({
      ...QUIET,
      source: '192.0.2.9',
      before: nothing,
      now: nothing,
      others,
    });
    expect(sentences).toEqual([
      '7 datagrams for other addresses came to port 4001, from 192.0.2.1, 192.0.2.2: compare 239.255.0.1 with the address that the sender sends to.',
      'The network interface eth1 has joined 239.255.0.1:4001.',
      'Only datagrams of 192.0.2.9 are heard: try it without --source.',
      expect.stringMatching(/^Compare group and port/),
    ]);
    const unicast = { ...QUIET, listensAt: { address: '192.0.2.7', port: 1 }, joinedBy: undefined };
    expect(explainSilence(unicast)).toEqual([
      'The sender must send to 192.0.2.7 itself, and a firewall may drop datagrams.',
    ]);
  });
});

describe('datagrams without a session', () => {
  it('are told of after a minute, and then every ten minutes', () => {
    let now = 0;
    let begin = () => {};
    const counters = createCounters();
    const told: number[] = [];
    const on = (_: string, listener: () => void) => {
      begin = listener;
    };
    const receiver = { counters, on };
    const watch = watchForSession(
      receiver as never,
      () => told.push(now),
      () => now,
    );
    for (; now < 5000; now += 1000) watch.check();
    counters.datagrams = 1;
    for (; now < 700_000; now += 1000) watch.check();
    expect(told).toEqual([65_000, 665_000]);
    begin();
    for (; now < 2_000_000; now += 1000) watch.check();
    expect(told).toHaveLength(2);
  });

  it('are not told of when they are of a session that is known from an earlier run', () => {
    const counters = { ...createCounters(), surplus: 5 };
    const told: string[] = [];
    let now = 0;
    const watch = watchForSession(
      { counters, on: () => () => {} },
      (_, sentence) => told.push(sentence),
      () => now,
    );
    counters.datagrams = 7;
    counters.surplus = 6;
    for (; now < 700_000; now += 1000) watch.check();
    expect(told).toEqual([]);
  });

  it('are told with what was wrong with most of them', () => {
    const counters = createCounters();
    Object.assign(counters, {
      datagrams: 1200,
      malformed: 1000,
      'untrusted-publisher': 150,
      unsigned: 40,
      forged: 10,
    });
    expect(describeNoSession(counters)).toBe(
      '1,200 datagrams came, and no session of a publisher of --trust: 1,000 no ALC datagram, or one that cannot be read; ' +
        "150 certified by a publisher who is not trusted; 40 without authentication, which is not allowed here. Compare group and port with the sender's, " +
        "and --trust with the publisher's key.",
    );
    expect(describeNoSession({ ...createCounters(), datagrams: 3 })).toMatch(/no table was among them/);
  });
});
