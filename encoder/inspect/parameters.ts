import type { FdtFile } from '../../codecs/fdt/index.js';
import {
  FecError,
  type FecScheme,
  type FecSchemes,
  type ObjectParameters,
  type SourceBlock,
} from '../../codecs/fec/index.js';

/** How an object is coded, by its table; undefined when that does not say. */
export function parametersOf(
  file: FdtFile,
  schemes: FecSchemes,
):
  | { readonly scheme: FecScheme; readonly parameters: ObjectParameters; readonly blocks: SourceBlock[] }
  | undefined {
  const scheme = schemes.get(file.fec.encodingId ?? 0);
  if (scheme === undefined || file.transferLength === undefined) return undefined;
  try {
    const parameters = scheme.parametersFrom(file.fec.attributes, file.transferLength);
    return { scheme, parameters, blocks: scheme.blocks(parameters) };
  } catch (error) {
    if (error instanceof FecError) return undefined;
    throw error;
  }
}
