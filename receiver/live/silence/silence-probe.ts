import type { InputSource } from '../input/input-source.js';
import type { OpenSocket } from '../input/input-thread.js';
import { explainSilence } from './explain.js';
import { linkState } from './link-state.js';
import { hearOthers } from './others.js';

/** Looks at the way in while no datagram comes. */
export interface SilenceProbe {
  /** Sentences on why none came since the probe was begun. */
  explain(): string[];
  close(): void;
}

/** @param socket undefined: what is read is a device or a pipe, of which the kernel knows nothing */
export function probeSilence(source: InputSource, socket: OpenSocket | undefined): SilenceProbe {
  if (source.kind === 'bytes' || socket === undefined) return { explain: () => [], close: () => {} };
  const { listensAt } = socket;
  const joinedBy = socket.joinedBy?.name;
  const before = linkState(listensAt.address, joinedBy);
  const others = hearOthers(listensAt);
  return {
    explain() {
      const now = linkState(listensAt.address, joinedBy);
      const { source: sender } = source;
      return explainSilence({ listensAt, joinedBy, source: sender, before, now, others: others.heard });
    },
    close: others.close,
  };
}
