import { EventEmitter } from 'node:events';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask, existingPassword, newPassword, PASSWORD_VARIABLE, type Terminal } from './password.js';

/** A terminal at which somebody types. */
class Typist extends EventEmitter {
  shown = '';
  raw = false;
  reading = false;
  readonly output = {
    write: (text: string) => {
      this.shown += text;
      return true;
    },
  };
  setRawMode(raw: boolean) {
    this.raw = raw;
    return this as never;
  }
  resume() {
    this.reading = true;
    const typed = this.typing.shift();
    if (typed !== undefined)
      queueMicrotask(() => {
        for (const chunk of typed) this.emit('data', Buffer.from(chunk));
      });
    return this as never;
  }
  pause() {
    this.reading = false;
    return this as never;
  }
  constructor(readonly typing: (string | Uint8Array)[][]) {
    super();
  }
  get terminal(): Terminal {
    return {
      input: this as unknown as Terminal['input'],
      output: this.output as unknown as Terminal['output'],
    };
  }
}

describe('ask', () => {
  it('takes a line without showing it and gives the terminal back', async () => {
    const typist = new Typist([['se', 'crex\u007ft', '\r']]);
    expect(await ask(typist.terminal, 'Password: ')).toBe('secret');
    expect(typist).toMatchObject({ shown: 'Password: \n', raw: false, reading: false });
    expect(typist.listenerCount('data')).toBe(0);
  });

  it('puts characters together that arrive in pieces', async () => {
    const [first, ...rest] = Buffer.from('한');
    expect(await ask(new Typist([[Uint8Array.of(first!), Uint8Array.from(rest), '\n']]).terminal, '')).toBe(
      '한',
    );
  });

  it('is cancelled by Ctrl-C', async () => {
    const typist = new Typist([['se\u0003']]);
    await expect(ask(typist.terminal, '')).rejects.toThrow('Cancelled.');
    expect(typist.raw).toBe(false);
  });
});

describe('passwords', () => {
  const env = { [PASSWORD_VARIABLE]: 'from the environment' };

  it('come from the environment first', async () => {
    expect(await existingPassword({ env, terminal: undefined }, 'publisher.key')).toBe(
      env[PASSWORD_VARIABLE],
    );
    expect(await newPassword({ env, terminal: undefined }, 'publisher.key')).toBe(env[PASSWORD_VARIABLE]);
  });

  it('come from a file descriptor before that', async () => {
    const work = mkdtempSync(join(tmpdir(), 'datacast-password-'));
    onTestFinished(() => rmSync(work, { recursive: true }));
    writeFileSync(join(work, 'password'), '비밀\nmore\n');
    // whoever reads it closes it
    const descriptor = openSync(join(work, 'password'), 'r');
    expect(await newPassword({ env, terminal: undefined, descriptor }, 'publisher.key')).toBe('비밀');
  });

  it('are asked for twice when they are new', async () => {
    const same = new Typist([['one\r'], ['one\r']]);
    expect(await newPassword({ env: {}, terminal: same.terminal }, 'publisher.key')).toBe('one');
    const different = new Typist([['one\r'], ['two\r']]);
    await expect(newPassword({ env: {}, terminal: different.terminal }, 'k')).rejects.toThrow('differ');
    const empty = new Typist([['\r']]);
    await expect(newPassword({ env: {}, terminal: empty.terminal }, 'k')).rejects.toThrow('--no-password');
  });

  it('cannot be asked for without a terminal', async () => {
    await expect(existingPassword({ env: {}, terminal: undefined }, 'keys/publisher.key')).rejects.toThrow(
      `keys/publisher.key is protected by a password, and there is no terminal to ask on: set ${PASSWORD_VARIABLE}, or give --password-fd.`,
    );
    await expect(newPassword({ env: {}, terminal: undefined }, 'k')).rejects.toThrow(/--no-password/);
  });
});
