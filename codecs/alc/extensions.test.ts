import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../bytes.js';
import { LctError } from './error.js';
import {
  buildContentEncoding,
  buildFdtExtension,
  buildTime,
  parseContentEncoding,
  parseFdtExtension,
  parseTime,
} from './extensions.js';

const whole = (extension: Uint8Array) => ({ het: extension[0]!, offset: 0, length: extension.length });

describe('EXT_FDT', () => {
  it('has version and instance ID in one word', () => {
    expect(toHex(buildFdtExtension({ fluteVersion: 2, instanceId: 7 }))).toBe('c0200007');
    fc.assert(
      fc.property(fc.nat(15), fc.nat(0xfffff), (fluteVersion, instanceId) => {
        const extension = buildFdtExtension({ fluteVersion, instanceId });
        expect(parseFdtExtension(extension, whole(extension))).toEqual({ fluteVersion, instanceId });
      }),
    );
    expect(() => buildFdtExtension({ fluteVersion: 16, instanceId: 0 })).toThrow(LctError);
    expect(() => buildFdtExtension({ fluteVersion: 2, instanceId: 2 ** 20 })).toThrow(LctError);
  });
});

describe('EXT_CENC', () => {
  it('names the encodings of the standard', () => {
    for (const [number, encoding] of (['null', 'zlib', 'deflate', 'gzip'] as const).entries()) {
      const extension = buildContentEncoding(encoding);
      expect(toHex(extension)).toBe(`c10${number}0000`);
      expect(parseContentEncoding(extension, whole(extension))).toBe(encoding);
    }
    expect(() =>
      parseContentEncoding(Uint8Array.of(193, 4, 0, 0), whole(Uint8Array.of(193, 4, 0, 0))),
    ).toThrow(LctError);
  });
});

describe('EXT_TIME', () => {
  it('has NTP time', () => {
    // 2026-01-01T00:00:00.5Z
    const extension = buildTime({ senderTime: 1_767_225_600.5, residualTime: 3_600 });
    expect(toHex(extension)).toBe('0204e000ed0037808000000000000e10');
    expect(parseTime(extension, whole(extension))).toEqual({
      senderTime: 1_767_225_600.5,
      residualTime: 3_600,
    });
  });

  it('gives back what was built, beyond the NTP era that ends in 2036', () => {
    fc.assert(
      fc.property(
        fc.option(
          fc.nat(2 ** 32 - 1).map((n) => n / 2 ** 4 + 1.8e9),
          { nil: undefined },
        ),
        fc.option(fc.nat(2 ** 31 - 1), { nil: undefined }),
        (senderTime, residualTime) => {
          const time = {
            ...(senderTime !== undefined && { senderTime }),
            ...(residualTime !== undefined && { residualTime }),
          };
          const extension = buildTime(time);
          expect(parseTime(extension, whole(extension))).toEqual(time);
        },
      ),
    );
  });

  it('skips the session-last-changed time', () => {
    const extension = Uint8Array.of(2, 4, 0xb0, 0, 0xee, 0, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4);
    expect(parseTime(extension, whole(extension)).residualTime).toBe(9);
  });

  it('throws nothing but LctError on random bytes', () => {
    expect(() => buildTime({ senderTime: Number.NaN })).toThrow(LctError);
    expect(() => buildTime({ residualTime: -1 })).toThrow(LctError);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 24 }), (bytes) => {
        try {
          parseTime(bytes, { het: 2, offset: 0, length: bytes.length & ~3 });
        } catch (error) {
          expect(error).toBeInstanceOf(LctError);
        }
      }),
    );
  });
});
