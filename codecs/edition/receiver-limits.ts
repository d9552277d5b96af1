/** Bytes that an edition may unpack to: receivers take no more unless told to (`--max-size`). */
export const DEFAULT_MAX_UNPACKED = 4096 * 2 ** 20;
