import { describe, expect, it } from 'vitest';
import { concatBytes, copyBytes, equalBytes } from '../../../codecs/bytes.js';
import { createPrng } from '../../../fixtures/prng.js';
import { bytesOf } from './blob.js';

const bytes = new Uint8Array(createPrng(5).bytes(5_000_000));
const blobOf = (length: number) => new Blob([bytes.subarray(0, length)]);

async function gather(blob: Blob): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytesOf(blob)) {
    pieces.push(copyBytes(piece));
    // others read meanwhile
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return concatBytes(...pieces);
}

/** Quicker than `toEqual`. */
async function expectBytes(blob: Blob, length: number): Promise<void> {
  expect(equalBytes(await gather(blob), bytes.subarray(0, length))).toBe(true);
}

/** A Blob whose stream gives this. */
function blobWith(stream: () => ReadableStream): Blob {
  return Object.assign(blobOf(3_000_000), { stream });
}
const slicing = () => {
  throw new TypeError('This browser has no streams of bytes.');
};

describe('the bytes of a Blob', () => {
  it('are read in pieces, of several at a time', async () => {
    const lengths = [0, 1, 2 ** 20, 2 ** 21, 2 ** 21 + 1, 5_000_000, 4_999_999];
    await Promise.all(lengths.map((length) => expectBytes(blobOf(length), length)));
  });

  it('are read where Blobs have no streams of bytes', async () => {
    await expectBytes(blobWith(slicing), 3_000_000);
    const ordinary = () => new ReadableStream({ start: (controller) => controller.enqueue(bytes) });
    await expectBytes(blobWith(ordinary), 3_000_000);
  });

  it('may be read to a place and no further', async () => {
    for await (const piece of bytesOf(blobOf(5_000_000))) {
      expect(piece[0]).toBe(bytes[0]);
      break;
    }
    await expectBytes(blobOf(5_000_000), 5_000_000);
  });

  it.each([
    ['end early', (controller: ReadableByteStreamController) => controller.close()],
    ['fail', (controller: ReadableByteStreamController) => controller.error(new TypeError('network error'))],
  ])('are refused when they %s: the file has changed', async (_, end) => {
    const sent = [bytes.slice(0, 1_000_000)];
    const stream = () =>
      new ReadableStream({
        type: 'bytes',
        pull(controller) {
          const next = sent.pop();
          if (next === undefined) end(controller);
          else controller.enqueue(next);
          if (next === undefined) controller.byobRequest?.respond(0);
        },
      });
    await expect(gather(blobWith(stream))).rejects.toThrow(DOMException);
  });
});
