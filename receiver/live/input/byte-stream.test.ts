import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReceiveError } from '../../error.js';
import { openByteStream, readDevice } from './byte-stream.js';

const failing = (code: string) =>
  Object.assign(new Error(`${code}: it fails`), { code, syscall: 'read', errno: -1 });

/** A device that gives these things one after the other: bytes, or an error. */
function deviceOf(...things: (string | Error)[]) {
  let closed = 0;
  let overflows = 0;
  const stop = new AbortController();
  const look = async (into: Uint8Array) => {
    const next = things.shift() ?? '';
    if (next instanceof Error) throw next;
    into.set(Buffer.from(next));
    return next.length;
  };
  const bytes = readDevice(
    look,
    stop.signal,
    () => overflows++,
    () => closed++,
  );
  return { bytes, stop, counts: () => ({ closed, overflows }) };
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of bytes) pieces.push(Buffer.from(piece).toString());
  return pieces;
}

describe('a device', () => {
  it('may have nothing yet, and may drop what was not read in time', async () => {
    const again = failing('EAGAIN');
    const { bytes, counts } = deviceOf(again, 'one', again, again, failing('EOVERFLOW'), 'two', '', 'three');
    expect(await textOf(bytes)).toEqual(['one', 'two']);
    expect(counts()).toEqual({ closed: 1, overflows: 1 });
  });

  it('ends when it is told to', async () => {
    const { bytes, stop, counts } = deviceOf('one', 'two', 'three');
    const pieces: string[] = [];
    for await (const piece of bytes) {
      pieces.push(Buffer.from(piece).toString());
      if (pieces.length === 2) stop.abort();
    }
    expect(pieces).toEqual(['one', 'two']);
    expect(counts().closed).toBe(1);
  });

  it('that is pulled out says so', async () => {
    const { bytes, counts } = deviceOf('one', failing('ENODEV'));
    await expect(textOf(bytes)).rejects.toThrow(ReceiveError);
    expect(counts().closed).toBe(1);
  });
});

describe('a path', () => {
  const never = new AbortController().signal;

  it('of a file is read to its end', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'datacast-bytes-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const content = Buffer.alloc(600_000, 'abc');
    writeFileSync(join(directory, 'file'), content);
    const pieces = await textOf(openByteStream(join(directory, 'file'), never, () => {}));
    expect(pieces.join('')).toBe(content.toString());
    expect(() => openByteStream(directory, never, () => {})).toThrow(
      /is a directory: "listen" takes a device/,
    );
    expect(() => openByteStream(join(directory, 'none'), never, () => {})).toThrow(/none does not exist\.$/);
  });

  it('of a device that never ends is left when it is told to', async () => {
    const stop = new AbortController();
    let bytes = 0;
    for await (const piece of openByteStream('/dev/zero', stop.signal, () => {})) {
      bytes += piece.length;
      if (bytes > 1_000_000) stop.abort();
    }
    expect(bytes).toBeGreaterThan(1_000_000);
  });
});
