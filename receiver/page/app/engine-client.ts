import type { Call, Calls, EngineState, Failure, Message } from '../worker/protocol.js';

/** The engine as the page calls it; what it cannot do is rejected with a `Failure`. */
export interface EngineClient extends Calls {
  /** Ends its thread at once. */
  end(): void;
}

type Waiting = { resolve(value: unknown): void; reject(failure: Failure): void };

/** Starts the thread of the engine. @param onState gets its state whenever that has changed */
export function startEngine(script: Blob, onState: (state: EngineState) => void): EngineClient {
  const url = URL.createObjectURL(script);
  const worker = new Worker(url);
  const waiting = new Map<number, Waiting>();
  let calls = 0;

  worker.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if (data.type === 'state') {
      onState(data.state);
      return;
    }
    const call = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.type === 'answer') call?.resolve(data.value);
    else call?.reject(data.failure);
  });
  worker.addEventListener('error', ({ message }) => {
    for (const { reject } of waiting.values()) reject({ isInUse: false, text: message });
    waiting.clear();
  });

  function call(name: Call['name'], ...values: readonly unknown[]): Promise<never> {
    const id = calls++;
    worker.postMessage({ id, name, values } satisfies Call);
    return new Promise((resolve, reject) =>
      waiting.set(id, { resolve: resolve as Waiting['resolve'], reject }),
    );
  }

  return {
    open: (options) => call('open', options),
    take: (files) => call('take', files),
    list: (bundle) => call('list', bundle),
    file: (bundle, path) => call('file', bundle, path),
    titles: (bundle, paths) => call('titles', bundle, paths),
    search: (text) => call('search', text),
    carry: () => call('carry'),
    deleteAll: () => call('deleteAll'),
    end() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
