/** Flows that share a link by weight. */
export interface FairQueue<T> {
  /** Adds a flow, or gives it another weight. */
  set(flow: T, weight: number): void;
  remove(flow: T): void;
  /** The flow whose turn it is among those that have something to send; undefined when none has. */
  next(isReady: (flow: T) => boolean): T | undefined;
  /** Takes note that the flow has sent `bytes`. */
  sent(flow: T, bytes: number): void;
}

interface Tags {
  weight: number;
  /** Virtual time at which what the flow has sent is paid for. */
  finish: number;
}

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996): the datagram with the smallest start tag goes first; a flow that was
 * silent begins at the present virtual time and gets nothing for its silence. Over any time in which two flows both
 * send, their bytes divided by their weights differ by no more than their largest datagrams.
 */
export function createFairQueue<T>(): FairQueue<T> {
  const flows = new Map<T, Tags>();
  let virtualTime = 0;
  return {
    set(flow, weight) {
      const tags = flows.get(flow);
      if (tags) tags.weight = weight;
      else flows.set(flow, { weight, finish: virtualTime });
    },
    remove: (flow) => void flows.delete(flow),
    next(isReady) {
      let first: T | undefined;
      let least = Number.POSITIVE_INFINITY;
      for (const [flow, { finish }] of flows) {
        const start = Math.max(finish, virtualTime);
        if (start >= least || !isReady(flow)) continue;
        first = flow;
        least = start;
      }
      return first;
    },
    sent(flow, bytes) {
      const tags = flows.get(flow);
      if (tags === undefined) return;
      virtualTime = Math.max(tags.finish, virtualTime);
      tags.finish = virtualTime + bytes / tags.weight;
    },
  };
}
