import { expect, it } from 'vitest';
import { firstOf } from './first-files.js';

it('tells which files are opened first', () => {
  const isFirst = firstOf(['index.html', 'news/**', '*.css'])!;
  const paths = [
    'index.html',
    'news/today/a.html',
    'news/.hidden',
    'style.css',
    'about.html',
    'old/index.html',
  ];
  expect(paths.map(isFirst)).toEqual([true, true, true, true, false, false]);
});

it('leaves it open when nobody chooses', () => {
  expect(firstOf(undefined)).toBeUndefined();
});
