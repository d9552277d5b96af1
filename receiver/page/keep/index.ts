export { deleteKept, type Kept, type KeptOptions, type NotKept, openKept } from './kept.js';
export type { KeptFile } from './tables.js';
