import type { Flow } from '../ports/flow.js';

/** What tells sessions apart. */
export interface SessionScope {
  readonly signed: boolean;
  readonly flow: Flow;
  readonly tsi: number | undefined;
}

/**
 * Names sessions: datagrams with and without authentication of ours never meet in one. A session is a sender and a TSI, whatever
 * the channels (RFC 5775 section 2). Of a signed one the uplink key is the sender, which signatures tell: addresses can be forged, so
 * that they neither part nor join. Of another one the source address is, or the destination where the source is not known. Remembers the
 * last name, since one datagram after the other belongs to the same session.
 */
export function createSessionKeys(): (scope: SessionScope) => string {
  let last:
    | { readonly signed: boolean; readonly tsi: number | undefined; readonly sender: string }
    | undefined;
  let key = '';
  return ({ signed, flow, tsi }) => {
    const sender = signed ? '' : (flow.source ?? flow.destination ?? '');
    if (last?.signed !== signed || last.sender !== sender || last.tsi !== tsi) {
      last = { signed, tsi, sender };
      key = `${signed ? 'signed' : 'unsigned'} ${tsi ?? '-'} ${sender}`;
    }
    return key;
  };
}

export function isSignedKey(key: string): boolean {
  return key.startsWith('signed');
}
