/** What tells sessions apart. */
export interface SessionScope {
  readonly signed: boolean;
  readonly destination: string | undefined;
  readonly tsi: number | undefined;
}

/**
 * Names sessions: datagrams with and without authentication of ours never meet in one. Remembers the last name, since
 * one datagram after the other belongs to the same session.
 */
export function createSessionKeys(): (scope: SessionScope) => string {
  let last: SessionScope | undefined;
  let key = '';
  return (scope) => {
    const { signed, destination, tsi } = scope;
    if (last?.signed !== signed || last.destination !== destination || last.tsi !== tsi) {
      last = scope;
      key = `${signed ? 'signed' : 'unsigned'} ${tsi ?? '-'} ${destination ?? ''}`;
    }
    return key;
  };
}

export function isSignedKey(key: string): boolean {
  return key.startsWith('signed');
}
