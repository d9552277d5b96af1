import type { Receiver } from './engine/interface.js';

/** Notices what a receiver's store or sink has thrown, without waiting for work that is going on, or a listener of ours. */
export function watchFailure(receiver: Receiver): { check(): void } {
  let failure: { readonly error: unknown } | undefined;
  const note = ({ error }: { readonly error: unknown }) => {
    failure ??= { error };
  };
  receiver.on('failed', note);
  receiver.on('listenerFailed', note);
  return {
    check() {
      if (failure !== undefined) throw failure.error;
    },
  };
}
