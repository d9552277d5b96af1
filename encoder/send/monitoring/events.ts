/** Why a bundle is no longer on the air. */
export type WithdrawalReason = 'replaced' | 'expired' | 'removed' | 'finished';

/** What an operator is told. */
export type UplinkEvent =
  | { readonly type: 'started'; readonly destination: string; readonly rate: number; readonly tsi: number }
  /** A bundle is being packed. */
  | { readonly type: 'packing'; readonly bundle: string; readonly sequence: number }
  /** An edition is on the air. */
  | {
      readonly type: 'edition';
      readonly bundle: string;
      readonly sequence: number;
      readonly toi: number;
      /** Bytes of the transfer object. */
      readonly bytes: number;
      readonly sourceSymbols: number;
      /** Datagrams of a pass. */
      readonly passDatagrams: number;
      /** Symbols of each block that an earlier run may have sent already. */
      readonly symbolsBefore: number;
    }
  | {
      readonly type: 'withdrawn';
      readonly bundle: string;
      readonly sequence: number;
      readonly reason: WithdrawalReason;
    }
  /** A pass is complete. */
  | { readonly type: 'pass'; readonly bundle: string; readonly sequence: number; readonly pass: number }
  /** Where Prometheus finds the metrics. */
  | { readonly type: 'metrics'; readonly url: string }
  | { readonly type: 'reloaded'; readonly bundles: number }
  /** Something needs attention; sending goes on. */
  | { readonly type: 'problem'; readonly bundle?: string; readonly message: string }
  | { readonly type: 'stopped'; readonly datagrams: number; readonly bytes: number; readonly errors: number };

export type OnUplinkEvent = (event: UplinkEvent) => void;

const number = (value: number) => value.toLocaleString('en-US');

const WITHDRAWN: Readonly<Record<WithdrawalReason, string>> = {
  replaced: 'a newer edition takes its place',
  expired: 'it has expired',
  removed: 'it is no longer in the channel file',
  finished: 'all its passes are sent',
};

/** An event as a sentence. */
export function describeEvent(event: UplinkEvent): string {
  switch (event.type) {
    case 'started':
      return `Sending to ${event.destination} at ${number(event.rate)} bit/s, TSI ${event.tsi}.`;
    case 'packing':
      return `${event.bundle}: packing edition ${event.sequence}.`;
    case 'edition': {
      const again =
        event.symbolsBefore > 0 ? `, continued after ${number(event.symbolsBefore)} symbols a block` : '';
      return (
        `${event.bundle}: edition ${event.sequence} is on the air, ${number(event.bytes)} bytes, ` +
        `${number(event.passDatagrams)} datagrams a pass${again}.`
      );
    }
    case 'withdrawn':
      return `${event.bundle}: edition ${event.sequence} is withdrawn, ${WITHDRAWN[event.reason]}.`;
    case 'pass':
      return `${event.bundle}: pass ${event.pass} of edition ${event.sequence} is complete.`;
    case 'metrics':
      return `Metrics at ${event.url}`;
    case 'reloaded':
      return `The channel file has been read again: ${event.bundles} ${event.bundles === 1 ? 'bundle' : 'bundles'}.`;
    case 'problem':
      return event.bundle === undefined ? event.message : `${event.bundle}: ${event.message}`;
    case 'stopped':
      return (
        `Stopped after ${number(event.datagrams)} datagrams, ${number(event.bytes)} bytes` +
        `${event.errors > 0 ? `; the system refused ${number(event.errors)} of them` : ''}.`
      );
  }
}
