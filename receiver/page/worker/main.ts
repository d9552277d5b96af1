/** The thread of the engine: a classic worker, since browsers start no other from a blob of a local page. */

import { deleteKept } from '../keep/index.js';
import { type Engine, openEngine } from './engine.js';
import { failureOf } from './failure.js';
import type { Call, Message, OpenOptions } from './protocol.js';

const post = (message: Message) => self.postMessage(message);
let engine: Promise<Engine> | undefined;
/** Names what is kept. */
let kept = '';

async function answer({ name, values }: Call): Promise<unknown> {
  if (name === 'open') {
    const options = values[0] as OpenOptions;
    kept = options.name;
    engine = openEngine(options, (state) => post({ type: 'state', state }));
    await engine;
    return undefined;
  }
  // what cannot be opened can be deleted
  const opened = await (name === 'deleteAll'
    ? engine?.catch(() => ({ deleteAll: () => deleteKept(kept) }))
    : engine);
  if (opened === undefined) throw new Error('The engine is not open.');
  return ((opened as Engine)[name] as (...values: readonly unknown[]) => Promise<unknown>)(...values);
}

self.addEventListener('message', async ({ data }: MessageEvent<Call>) => {
  const { id } = data;
  try {
    post({ type: 'answer', id, value: await answer(data) });
  } catch (error) {
    post({ type: 'error', id, failure: failureOf(error) });
  }
});
