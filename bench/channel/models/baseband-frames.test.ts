import { describe, expect, it } from 'vitest';
import { basebandFrames, ChannelError, createPrng, meanLoss } from '../index.js';

const SIGMAS = 5;
const DATAGRAM = { length: 1472 };

function losses(parameters: Parameters<typeof basebandFrames>[1], seed: number, count: number): boolean[] {
  const isLost = basebandFrames(createPrng(seed), parameters);
  return Array.from({ length: count }, () => isLost(DATAGRAM));
}

describe('lost baseband frames', () => {
  it.each([
    { loss: 0.01, packetsPerFrame: 21.36 },
    { loss: 0.05, packetsPerFrame: 38.64 },
    { loss: 0.02, packetsPerFrame: 32.13, share: 0.1 },
    { loss: 0.01, packetsPerFrame: 21.36, share: 0.03 },
    { loss: 0.01, packetsPerFrame: 21.36, share: 0.009 },
    { loss: 0.3, packetsPerFrame: 5 },
  ])('lose as much as their mean says: %j', (parameters) => {
    const count = 300_000;
    const expected = meanLoss({ model: 'dvb-s2', ...parameters }, DATAGRAM.length);
    const lost = losses(parameters, 1, count).filter(Boolean).length / count;
    // Datagrams that share a frame are lost together: so many fewer count.
    const together = 2 + parameters.packetsPerFrame / 8;
    expect(Math.abs(lost - expected)).toBeLessThan(
      SIGMAS * Math.sqrt((together * expected * (1 - expected)) / count),
    );
  });

  it('take all datagrams of a frame, and those that reach into it', () => {
    // 21.36 packets of 184 bytes hold 2.59 datagrams of 1,472 + 45 bytes.
    const lost = losses({ loss: 0.002, packetsPerFrame: 21.36 }, 2, 400_000);
    const runs: number[] = [];
    for (const [i, isLost] of lost.entries()) {
      if (isLost && i > 0 && lost[i - 1]) runs[runs.length - 1]!++;
      else if (isLost) runs.push(1);
    }
    // Frames side by side are rare.
    expect(runs.filter((run) => run === 3 || run === 4).length / runs.length).toBeGreaterThan(0.97);
  });

  it('take one datagram where the carrier has other services, and a neighbour only with a packet of both', () => {
    const lost = losses({ loss: 0.0005, packetsPerFrame: 21.36, share: 0.01 }, 3, 800_000);
    const single = lost.filter((isLost, i) => isLost && !lost[i - 1] && !lost[i + 1]).length;
    // So few that two lost frames side by side are rare.
    expect(single / lost.filter(Boolean).length).toBeGreaterThan(0.75);
  });

  it('lose what single lost packets lose where hardly a frame holds two of ours, and no more', () => {
    const ofPackets = meanLoss({ model: 'recorder', loss: 0.01 * (1 + 1 / 21.36) }, DATAGRAM.length);
    for (const share of [0.03, 0.009, 0.0001]) {
      const lost = meanLoss({ model: 'dvb-s2', loss: 0.01, packetsPerFrame: 21.36, share }, DATAGRAM.length);
      expect(lost).toBeLessThan(1.001 * ofPackets);
      expect(lost).toBeGreaterThan(0.99 * ofPackets);
    }
  });

  it('need possible numbers', () => {
    for (const parameters of [
      { loss: 1, packetsPerFrame: 20 },
      { loss: 0.1, packetsPerFrame: 0 },
      { loss: 0.1, packetsPerFrame: 20, share: 0 },
      { loss: 0.1, packetsPerFrame: 20, share: 1.1 },
    ]) {
      expect(() => basebandFrames(createPrng(1), parameters)).toThrow(ChannelError);
    }
  });
});
