import { expect, it } from 'vitest';
import { nameOfSource, parseInputSource } from './input-source.js';

const at = (address: string, port: number) => ({ kind: 'socket', listenAt: { address, port } });

it.each<[string, object | undefined, string?]>([
  ['239.255.0.1:4001', at('239.255.0.1', 4001)],
  ['[ff15::1]:4001', at('ff15::1', 4001)],
  ['udp://239.1.1.1:1234', { ...at('239.1.1.1', 1234), scheme: 'udp' }],
  ['rtp://239.1.1.1:5004', { ...at('239.1.1.1', 5004), scheme: 'rtp' }],
  ['udp://@239.1.1.1:1234', { ...at('239.1.1.1', 1234), scheme: 'udp' }, 'udp://239.1.1.1:1234'],
  ['rtp://[ff15::1]:5004/', { ...at('ff15::1', 5004), scheme: 'rtp' }, 'rtp://[ff15::1]:5004'],
  ['-', { kind: 'bytes', path: '-' }, 'standard input'],
  ['/dev/dvb/adapter0/dvr0', { kind: 'bytes', path: '/dev/dvb/adapter0/dvr0' }],
  ['package.json', { kind: 'bytes', path: 'package.json' }],
  ['localhost:1', undefined],
  ['239.1.1.1', undefined],
  ['udp://localhost:1234', undefined],
  ['http://239.1.1.1:1234', undefined],
  ['srt://192.0.2.1:1234', undefined],
])('%s', (text, expected, name = text) => {
  const source = parseInputSource(text);
  if (expected === undefined) expect(source).toBeUndefined();
  else {
    expect(source).toMatchObject(expected);
    expect(nameOfSource(source!)).toBe(name);
  }
});
