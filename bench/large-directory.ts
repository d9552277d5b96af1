/** A made-up directory of HTML pages and images of a given size, the same for the same seed. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPrng, type Prng } from '../fixtures/channel/prng.js';

const WORDS = (
  '날씨 소식 건강 농사 바다 하늘 사람 나라 학교 아이 책 물 불 빛 시간 오늘 내일 봄 여름 가을 겨울 마을 도시 길 강 산 나무 ' +
  'weather news health harvest ocean people school children water light winter summer village city river mountain'
).split(' ');

const PAGE_BYTES = 14_000;
const IMAGE_BYTES = 60_000;

function page(random: Prng, number: number): string {
  const paragraphs: string[] = [];
  for (let length = 0; length < PAGE_BYTES; ) {
    const words = Array.from({ length: 60 }, () => WORDS[random.below(WORDS.length)]);
    const paragraph = `<p>${words.join(' ')}.</p>\n`;
    length += Buffer.byteLength(paragraph);
    paragraphs.push(paragraph);
  }
  return `<!doctype html>\n<html lang="ko"><head><meta charset="utf-8"><title>${number}</title></head><body>\n${paragraphs.join('')}</body></html>\n`;
}

/**
 * Writes about `bytes` bytes below `directory`, which is made; the share `images` of them does not compress. Returns
 * the number of files.
 *
 * @param imageBytes bytes of an image
 */
export function writeLargeDirectory(
  directory: string,
  bytes: number,
  seed: number,
  images: number,
  imageBytes = IMAGE_BYTES,
): number {
  const random = createPrng(seed);
  let written = 0;
  let files = 0;
  for (const [folder, extension, share] of [
    ['쪽', 'html', 1 - images],
    ['그림', 'jpg', images],
  ] as const) {
    mkdirSync(join(directory, folder), { recursive: true });
    for (const end = written + bytes * share; written < end; files++) {
      const content = extension === 'html' ? Buffer.from(page(random, files)) : random.bytes(imageBytes);
      writeFileSync(join(directory, folder, `${files}.${extension}`), content);
      written += content.length;
    }
  }
  return files;
}
