import { describe, expect, it } from 'vitest';
import { type StreamArguments, streamOptions } from './options.js';

const GIVEN: StreamArguments = { out: 'news.ts', mtu: 1500, rate: 1e6, tsService: 'data' };

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
    [{ carrier: 'video' }, /^--carrier, --slate and --slate-text are for a television service/],
    [{ slateText: 'x' }, /^--carrier, --slate and --slate-text are for a television service/],
    [{ tsService: 'tv' }, /constant rate: give it with --ts-rate/],
  ])('refuse %o', async (options, sentence) => {
    await expect(streamOptions({ ...GIVEN, ...options })).rejects.toThrow(sentence);
  });
});
