/**
 * Lets other things happen in between: long work must not keep a page or a signal waiting. No timer is set, since browsers
 * hold those of a hidden page back, up to a minute each.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
