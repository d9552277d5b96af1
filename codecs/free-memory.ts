/**
 * Has memory freed that nobody uses any more. An object that had it for long is old, and memory of old objects is freed so
 * seldom that it would be most of what a program takes; moved to a new object, it is freed with the next garbage of all.
 */
export function freeMemory(memory: ArrayBuffer): void {
  // browsers before 2022 have none, and free it later
  if (typeof structuredClone === 'function') structuredClone(memory, { transfer: [memory] });
}
