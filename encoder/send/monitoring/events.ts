import { dayOf, formatSequence } from '../../../codecs/edition/index.js';
import { formatCount } from '../../../codecs/text.js';
import { describeLeftOut } from '../../content/left-out.js';
import type { LeftOut } from '../../content/walk.js';

/** Why a bundle is no longer on the air. */
export type WithdrawalReason = 'replaced' | 'expired' | 'removed' | 'finished';

/** What an operator is told. */
export type UplinkEvent =
  | {
      readonly type: 'started';
      readonly destinations: readonly string[];
      readonly rate: number;
      readonly tsi: number;
    }
  /** Parts of a bundle are being packed. */
  | {
      readonly type: 'packing';
      readonly bundle: string;
      /** Of the bundle. */
      readonly parts: number;
      /** Those of them that are not packed yet. */
      readonly toPack: number;
      readonly leftOut: LeftOut;
    }
  /** An edition is on the air. */
  | {
      readonly type: 'edition';
      readonly bundle: string;
      readonly sequence: number;
      /** Bytes of all parts as they are sent. */
      readonly bytes: number;
      readonly parts: number;
      /** Parts that the edition before it did not have. */
      readonly changed: number;
      /** Datagrams of a pass. */
      readonly passDatagrams: number;
      /** Symbols of each block that earlier runs may have sent: those of the part of which they are the fewest. */
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
  /** Where the page on what is on the air is. */
  | { readonly type: 'status'; readonly url: string }
  /** Where Prometheus finds the metrics: a URL or a file. */
  | { readonly type: 'metrics'; readonly url: string }
  | { readonly type: 'reloaded'; readonly bundles: number }
  /** Another uplink certificate is in use; its last second in Unix time. */
  | { readonly type: 'certificate'; readonly generation: number; readonly notAfter: number }
  /** Statements of succession were put into the key directory, and are sent from now on. */
  | { readonly type: 'successions'; readonly statements: number }
  /** What to know of the way in which this uplink is set up. */
  | { readonly type: 'notice'; readonly message: string }
  /** Something needs attention; sending goes on. */
  | { readonly type: 'problem'; readonly bundle?: string; readonly message: string }
  /** A problem does not stand any more. */
  | {
      readonly type: 'mended';
      readonly bundle?: string | undefined;
      readonly message: string;
      readonly seconds: number;
    }
  | { readonly type: 'stopped'; readonly datagrams: number; readonly bytes: number; readonly errors: number };

export type OnUplinkEvent = (event: UplinkEvent) => void;

const number = (value: number) => value.toLocaleString('en-US');

const WITHDRAWN: Readonly<Record<WithdrawalReason, string>> = {
  replaced: 'it begins again with other repair',
  expired: 'it has expired',
  removed: 'it is no longer in the channel file',
  finished: 'all its passes are sent',
};

const partsOf = (some: number, all: number) =>
  `${number(some)} of ${number(all)} ${all === 1 ? 'part' : 'parts'}`;

/** An event as a sentence. */
export function describeEvent(event: UplinkEvent): string {
  switch (event.type) {
    case 'started':
      return `Sending to ${event.destinations.join(' and ')} at ${number(event.rate)} bit/s, TSI ${event.tsi}.`;
    case 'packing':
      return [`${event.bundle}: packing ${partsOf(event.toPack, event.parts)}.`]
        .concat(describeLeftOut(event.leftOut).map((text) => `Left out: ${text}.`))
        .join(' ');
    case 'edition': {
      const again =
        event.symbolsBefore > 0 ? `, continued after ${number(event.symbolsBefore)} symbols a block` : '';
      return (
        `${event.bundle}: edition ${formatSequence(event.sequence)} is on the air, ${number(event.bytes)} bytes, ` +
        `${partsOf(event.changed, event.parts)} changed, ${number(event.passDatagrams)} datagrams a pass${again}.`
      );
    }
    case 'withdrawn':
      return `${event.bundle}: edition ${formatSequence(event.sequence)} is withdrawn, ${WITHDRAWN[event.reason]}.`;
    case 'pass':
      return `${event.bundle}: pass ${event.pass} of edition ${formatSequence(event.sequence)} is complete.`;
    case 'metrics':
      return `Metrics at ${event.url}`;
    case 'status':
      return `What is on the air is shown at ${event.url}`;
    case 'reloaded':
      return `The channel file has been read again: ${event.bundles} ${event.bundles === 1 ? 'bundle' : 'bundles'}.`;
    case 'certificate':
      return `The uplink certificate of generation ${event.generation} is in use now, valid until ${dayOf(event.notAfter)}.`;
    case 'successions':
      return `${formatCount(event.statements, 'statement')} of succession ${event.statements === 1 ? 'is' : 'are'} sent from now on.`;
    case 'notice':
      return event.message;
    case 'problem':
      return event.bundle === undefined ? event.message : `${event.bundle}: ${event.message}`;
    case 'mended': {
      const name = event.bundle === undefined ? 'Mended' : `${event.bundle}: mended`;
      return `${name} after ${formatCount(event.seconds, 'second')}. It was: ${event.message}`;
    }
    case 'stopped':
      return (
        `Stopped after ${number(event.datagrams)} datagrams, ${number(event.bytes)} bytes` +
        `${event.errors > 0 ? `; the system refused ${number(event.errors)} of them` : ''}.`
      );
  }
}
