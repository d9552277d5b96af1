/**
 * Has memory freed that nobody uses any more. An object that had it for long is old, and memory of old objects is freed so
 * seldom that it would be most of what a program takes; moved to a new object, it is freed with the next garbage of all.
 */
export function freeMemory(memory: ArrayBuffer): void {
  structuredClone(memory, { transfer: [memory] });
}
