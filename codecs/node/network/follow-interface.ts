import type { NetworkInterface } from './interface.js';

export interface FollowOptions {
  /** What is in use. */
  readonly first: NetworkInterface;
  /** What there is now; undefined: it is gone. */
  look(): NetworkInterface | undefined | Promise<NetworkInterface | undefined>;
  /** It is gone. */
  onGone(): void;
  /** It is there again, perhaps with another number or address. What it throws makes it try again. */
  onBack(now: NetworkInterface): void | Promise<void>;
}

/** Milliseconds between two looks: such a look takes some tens of microseconds. */
const INTERVAL = 1000;

/** Looks after an interface that may go away and come back. @returns ends it */
export function followInterface({ first, look, onGone, onBack }: FollowOptions): () => void {
  let present: NetworkInterface | undefined = first;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  async function check(): Promise<void> {
    const now = await look();
    if (closed) return;
    if (now === undefined) {
      if (present !== undefined) onGone();
      present = undefined;
    } else if (!isSame(present, now)) {
      try {
        await onBack(now);
        present = now;
      } catch {
        // it has gone again, or is not ready yet
      }
    }
  }

  const next = () => {
    if (closed) return;
    timer = setTimeout(() => void check().finally(next), INTERVAL);
    timer.unref();
  };
  next();
  return () => {
    closed = true;
    clearTimeout(timer);
  };
}

function isSame(before: NetworkInterface | undefined, now: NetworkInterface): boolean {
  return (
    before !== undefined &&
    before.name === now.name &&
    before.index === now.index &&
    before.selector === now.selector
  );
}
