import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../../../codecs/page/index.js';
import { createFormat } from '../app/format.js';
import { LANGUAGE_NAMES, WORDS } from './index.js';

/** All sentences of a file of words, functions called with something to say. */
function sentences(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    const said = path.endsWith('.found') || path.endsWith('.files') ? value(3, '3') : value('NAME', 'OTHER');
    return [[path, said as string]];
  }
  return Object.entries(value as object).flatMap(([key, each]) => sentences(each, `${path}.${key}`));
}

describe.each(LANGUAGES)('the words in %s', (language) => {
  const all = sentences(WORDS[language]);

  it('are the same as in English, none of them empty, each with what it is given', () => {
    const english = sentences(WORDS.en);
    expect(all.map(([path]) => path)).toEqual(english.map(([path]) => path));
    for (const [i, [path, sentence]] of all.entries()) {
      expect(sentence.trim(), path).not.toBe('');
      for (const given of ['NAME', 'OTHER', '3']) {
        if (english[i]![1].includes(given)) expect(sentence, path).toContain(given);
      }
    }
  });

  it('name the buttons as they are called', () => {
    const words = WORDS[language];
    const { pick, read, contents, look, saveFile, passOn, hide, deleteAll } = words;
    const help = words.helpSteps.join('\n');
    for (const button of [pick, read, contents, look, saveFile, passOn, hide, deleteAll])
      expect(help).toContain(button);
    const { noRoom, keptNothing, keptRefused, keptNewer } = words;
    for (const said of [noRoom, keptNothing, keptRefused, keptNewer]) expect(said).toContain(passOn);
  });

  it('have a name, and write dates, sizes and times', () => {
    expect(LANGUAGE_NAMES[language]).not.toBe('');
    const format = createFormat(language);
    for (const text of [format.date(1_760_000_000), format.bytes(12_345_678), format.duration(2400)]) {
      expect(text).not.toBe('');
    }
    expect(format.bytes(5e9)).not.toBe(format.bytes(5e6));
  });
});

/** The norm of the North: words that do not stand there, and those that stand in their place. */
const SOUTHERN: readonly (readonly [string, string])[] = [
  ['파일', '화일'],
  ['폴더', '서류철'],
  ['프로그램', '프로그람'],
  ['컴퓨터', '콤퓨터'],
  ['브라우저', '열람기'],
  ['네트워크', '망'],
  ['인터넷', '망'],
  ['메모리', '기억기'],
  ['카드', '기억카드'],
  ['검색', '찾기'],
  ['저장', '보관'],
  ['삭제', '지우기'],
  ['숨기', '감추기'],
  ['비디오', '영화'],
  ['동영상', '영화'],
  ['이미지', '사진'],
  ['텍스트', '글'],
  ['오류', '오유'],
  ['에러', '오유'],
  ['이용', '리용'],
  ['역사', '력사'],
  ['내일', '래일'],
  ['여자', '녀자'],
  ['노동', '로동'],
  ['이력', '리력'],
  ['목록표', '목록'],
  ['페이지', '화면'],
  ['데이터', '자료'],
  ['버튼', '단추'],
  ['키를', '건'],
  ['북한', '조선'],
  ['한국', '조선'],
  ['디스크', '기억기'],
  ['도움말씀', '도움말'],
  ['날짜', '날자'],
  ['되었', '되였'],
  ['오빠', ''],
];

describe('the words in Korean', () => {
  const text = sentences(WORDS.ko)
    .map(([, sentence]) => sentence)
    .join('\n');

  it.each(SOUTHERN)('have no %s', (word) => {
    const found = word === '카드' ? text.replaceAll('기억카드', '') : text;
    expect(found).not.toContain(word);
  });

  it('call no one by -님, and use no Latin letters but names', () => {
    expect(text).not.toMatch(/님/);
    const latin = text.replace(/NAME|OTHER/g, '').match(/[A-Za-z]+/g) ?? [];
    expect([...new Set(latin)].sort()).toEqual(['Esc', 'USB']);
  });
});
