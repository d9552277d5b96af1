/** Who sent a datagram, and where to, as far as it is known. */
export interface Flow {
  /** Address of the sender, as its IP header says; anybody can write any there. */
  readonly source?: string | undefined;
  /** Address and port it was sent to, as text. */
  readonly destination?: string | undefined;
}

const ARROW = ' > ';

/** As a store keeps it: `192.0.2.1 > 239.255.0.1:4001`; undefined when nothing is known. */
export function formatFlow({ source, destination }: Flow): string | undefined {
  return source === undefined ? destination : `${source}${ARROW}${destination ?? ''}`;
}

/** What `formatFlow` gave, or a destination alone. */
export function parseFlow(text: string | undefined): Flow {
  const at = text?.indexOf(ARROW) ?? -1;
  if (text === undefined || at < 0) return { source: undefined, destination: text };
  return { source: text.slice(0, at), destination: text.slice(at + ARROW.length) || undefined };
}
