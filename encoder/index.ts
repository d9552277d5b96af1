/** The operator's side: content becomes signed, fountain-coded datagrams. */

export { EncodeError } from './error.js';
export { type Inspection, inspectRecording } from './inspect/inspect.js';
export { createKeys, type Keys, loadKeys } from './keys/keys.js';
export { type Plan, PlanError, type PlanModel, type PlanParameters, plan } from './planner/index.js';
export { encode } from './recording/encode.js';
export type { EncodeOptions } from './recording/encode-options.js';
export type { EncodeReport } from './recording/encode-report.js';
export type { FecName } from './session/blocks.js';
export { type Destination, parseDestination } from './session/destination.js';
export type { FluteVersion } from './session/fdt.js';
export { blockFailure, type RepairGoal, symbolsToSend } from './session/repair.js';
