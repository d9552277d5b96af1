import { expect, it } from 'vitest';
import { createMemoryStore } from '../engine/ports/memory-store.js';
import { attackTools, someBytes } from '../testing-attacks.js';
import type { ListenEvent } from './events.js';
import { createProblems } from './problems.js';
import { reportRejections } from './rejections.js';

it('whatever is left out for lack of room is told and counted, and no cause hides another', async () => {
  const tools = await attackTools();
  const r = tools.receive({
    store: createMemoryStore({ maxBytes: 6000 }),
    limits: { maxEditions: 1, maxWaitingBytes: 3000, maxObjects: 3 },
  });
  const told: string[] = [];
  const onEvent = (event: ListenEvent) => event.type === 'problem' && told.push(event.message);
  reportRejections(
    r.receiver,
    createProblems(onEvent, () => 0),
  );
  const early = await tools.session(someBytes(6000, 1), { toi: 9 });
  await r.feed(await early.source());
  const [old, sent] = [
    await tools.edition([someBytes(600, 2)], { name: 'sport', sequence: 1 }),
    await tools.edition([3, 4, 5].map((salt) => someBytes(6000, salt))),
  ];
  await r.feed(await old.announce());
  await r.feed(await sent.announce());
  await r.feed(await sent.send());
  expect(told.map((message) => message.replace(/\d+/g, 'N'))).toEqual([
    'Too many datagrams wait for the table that describes their object: some of them are left out.',
    'Edition N of sport is left out: there are too many bundles, or they list too many parts.',
    'The store has no room for more datagrams of the object with TOI N.',
    'The part with TOI N is left out: there are too many objects.',
  ]);
  for (const reason of ['waiting-full', 'too-many', 'left-out', 'left-out-edition'] as const)
    expect(r.receiver.counters[reason]).toBeGreaterThan(0);
});
