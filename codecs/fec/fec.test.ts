import { describe, expect, it } from 'vitest';
import { loadFecSchemes } from './index.js';

describe('FEC schemes', () => {
  it('are found by their FEC Encoding ID', async () => {
    const schemes = await loadFecSchemes();
    expect([...schemes].map(([id, scheme]) => [id, scheme.encodingId, scheme.name])).toEqual([
      [6, 6, 'RaptorQ'],
      [0, 0, 'Compact No-Code'],
    ]);
  });
});
