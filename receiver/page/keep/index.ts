export { deleteKept, type Kept, type KeptOptions, openKept } from './kept.js';
export type { KeptFile } from './tables.js';
