import { expect, it } from 'vitest';
import { nodeCrypto } from '../../../codecs/node/crypto.js';
import { attackTools, someBytes } from '../../testing-attacks.js';
import type { Reception } from '../objects/reception.js';
import { createToiAssignment } from './assign-toi.js';
import { createSessions } from './sessions.js';

it('remembers no more TOIs of an object than of a session, however many tables give it', () => {
  const assign = createToiAssignment({ leastOf: () => undefined }, { maxObjects: 5 });
  const sessions = createSessions(nodeCrypto, 4);
  const [one, other] = ['signed 7 a', 'signed 8 a'].map((key) => sessions.open(key, 'publisher'));
  const reception = { info: { session: {} }, tois: new WeakMap() } as unknown as Reception;
  assign(other!, 3, reception);
  for (let toi = 1; toi <= 100; toi++) assign(one!, toi, reception);
  expect(one!.objects.size).toBe(10);
  expect([...reception.tois.get(one!)!]).toEqual([...one!.objects.keys()]);
  expect([...reception.tois.get(other!)!]).toEqual([3]);
});

it('an object that was announced under many TOIs is received under the one that is sent', async () => {
  const tools = await attackTools();
  const part = someBytes(3000, 1);
  const sent = await tools.edition([part]);
  const r = tools.receive({ limits: { maxObjects: 8 } });
  await r.feed(await sent.announce());
  for (let toi = 1; toi <= 40; toi++) await r.feed([await (await tools.session(part, { toi })).fdt()]);
  await r.feed(await sent.send());
  expect(r.complete).toHaveLength(1);
});
