export { buildFdt } from './build.js';
export { FdtError } from './error.js';
export {
  DATACAST_NAMESPACE,
  FDT_NAMESPACE_V1,
  FDT_NAMESPACE_V2,
  type Fdt,
  type FdtFec,
  type FdtFile,
} from './fdt.js';
export { type ParseFdtOptions, parseFdt } from './parse.js';
