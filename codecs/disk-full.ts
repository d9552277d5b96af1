/** True when there is no room for what was to be written: the disk is full, or the quota of the user or of a browser's page. */
export function isDiskFull(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if (error.name === 'QuotaExceededError') return true;
  return 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
