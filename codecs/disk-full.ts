import { hasCode } from './error-code.js';

/** True when there is no room for what was to be written: the disk is full, or the quota of the user or of a browser's page. */
export function isDiskFull(error: unknown): error is Error {
  return (
    hasCode(error, 'ENOSPC', 'EDQUOT') || (error instanceof Error && error.name === 'QuotaExceededError')
  );
}
