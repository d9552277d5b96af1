import type { PlannedObject } from './prepare.js';

/** Small parts need more repair than large ones, and a film has two blocks. */
export const OBJECTS: readonly PlannedObject[] = [
  { kind: 'index', bytes: 1400 },
  { kind: 'front', bytes: 40_000 },
  ...[150_000, 180_000, 90_000].map((bytes): PlannedObject => ({ kind: 'text', bytes })),
  ...[250_000, 300_000, 200_000, 260_000].map((bytes): PlannedObject => ({ kind: 'picture', bytes })),
  { kind: 'film', bytes: 1_200_000 },
  { kind: 'film', bytes: 6_000_000 },
];
