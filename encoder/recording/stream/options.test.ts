import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../codecs/node/command.js';
import { addServiceOptions } from '../../transport-stream/options.js';
import { recordingRate, type StreamArguments, streamOptions } from './options.js';

const GIVEN: StreamArguments = {
  out: 'news.ts',
  mtu: 1500,
  rate: 1e6,
  tsService: 'data',
  dest: { address: '239.255.0.1', port: 4001 },
};

describe('options of a transport stream', () => {
  it('choose the service', async () => {
    expect(await streamOptions({ ...GIVEN, out: 'news.pcap' })).toBe(undefined);
    expect(await streamOptions(GIVEN)).toEqual({ service: 'data', tsRate: undefined });
    const television = { ...GIVEN, tsService: 'tv', tsRate: 2e6 } as const;
    expect(await streamOptions(television)).toMatchObject({
      service: 'television',
      tsRate: 2e6,
      carrier: 'video',
    });
    expect(await streamOptions({ ...television, carrier: 'subtitles' })).toMatchObject({
      carrier: 'subtitles',
    });
  });

  it.each<[Partial<StreamArguments>, RegExp]>([
    [
      { out: 'news.pcap', tsRate: 2e6 },
      /^--ts-rate and --ts-service are for transport streams: .*\.ts with --out/,
    ],
    [{ out: 'news.pcap', tsService: 'tv' }, /^--ts-rate and --ts-service are for transport streams/],
    [{ mtu: 5000 }, /4080 bytes at most: give a smaller --mtu/],
    [{ carrier: 'video' }, /^--ts-video, --carrier, --slate and --slate-text are for a television service/],
    [{ slateText: 'x' }, /^--ts-video, --carrier, --slate and --slate-text are for a television service/],
    [{ tsService: 'tv' }, /constant rate: give it with --ts-rate/],
  ])('refuse %o', async (options, sentence) => {
    await expect(streamOptions({ ...GIVEN, ...options })).rejects.toThrow(sentence);
  });
});

describe('the rate of the content', () => {
  const rateOf = (asked: string[], tsRate: number | undefined, mtu = 1500) => {
    const command = addServiceOptions(new Command('encode')).option('--rate <BPS>', '', Number, 1e6);
    command.parse(asked, { from: 'user' });
    return recordingRate(command, { ...GIVEN, ...command.opts(), mtu }, { service: 'data', tsRate });
  };

  it('is what was asked for, or what fills a data service', () => {
    expect(rateOf([], undefined)).toBe(1e6);
    expect(rateOf(['--rate', '500000'], 1e6)).toBe(500_000);
    // 969 kbit/s of packets with 184 of 188 bytes, 1,500 of 1,517 bytes of a section, and 2 % less
    expect(rateOf([], 1e6)).toBe(918_981);
    expect(rateOf([], 1e6, 576)).toBeLessThan(rateOf([], 1e6));
    expect(() => rateOf([], 31_000)).toThrow(UsageError);
  });
});
