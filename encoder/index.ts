/** The operator's side: content becomes signed, fountain-coded datagrams. */

export type { FecName } from './blocks.js';
export { type Destination, parseDestination } from './destination.js';
export { type EncodeOptions, encode } from './encode.js';
export { EncodeError } from './error.js';
export type { FluteVersion } from './fdt.js';
export { type Inspection, inspectRecording } from './inspect.js';
export { createKeys, type Keys, loadKeys } from './keys.js';
export { type Plan, PlanError, type PlanModel, type PlanParameters, plan } from './planner/index.js';
export { blockFailure, type RepairGoal, symbolsToSend } from './repair.js';
export type { EncodeReport } from './report.js';
