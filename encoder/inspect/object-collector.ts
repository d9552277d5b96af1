import type { AlcPacket } from '../../codecs/alc/index.js';
import { equalBytes } from '../../codecs/bytes.js';
import type { Crypto } from '../../codecs/crypto/index.js';
import type { FdtFile } from '../../codecs/fdt/index.js';
import type { BlockDecoder, FecSchemes, SourceBlock } from '../../codecs/fec/index.js';
import { parametersOf } from './parameters.js';

/** Puts a small object together from its datagrams. */
export interface ObjectCollector {
  /** Takes the symbols of a datagram. */
  add(packet: AlcPacket): void;
  /** The object, when its symbols suffice and its digest is that of the table; gives the memory back. */
  end(crypto: Crypto): Uint8Array | undefined;
}

/** Undefined for an object that its table does not describe, or that is longer than `maxBytes`. */
export function createObjectCollector(
  file: FdtFile,
  schemes: FecSchemes,
  maxBytes: number,
): ObjectCollector | undefined {
  if (file.sha256 === undefined || !(file.transferLength! <= maxBytes)) return undefined;
  const coded = parametersOf(file, schemes);
  if (coded === undefined) return undefined;
  const { scheme, parameters, blocks } = coded;
  const decoders = new Map<number, { readonly block: SourceBlock; readonly decoder: BlockDecoder }>();
  return {
    add({ payloadId, payload }) {
      const block = blocks.find(({ sbn }) => sbn === payloadId?.sbn);
      if (block === undefined) return;
      const known = decoders.get(block.sbn) ?? {
        block,
        decoder: scheme.createBlockDecoder(parameters, block),
      };
      decoders.set(block.sbn, known);
      known.decoder.add(payloadId!.esi, payload);
    },
    end(crypto) {
      const object = new Uint8Array(parameters.transferLength);
      let complete = 0;
      for (const { block, decoder } of decoders.values()) {
        if (decoder.tryDecode()) {
          object.set(decoder.data(), block.offset);
          complete++;
        }
        decoder.free();
      }
      const isWhole = complete === blocks.length && equalBytes(crypto.sha256(object), file.sha256!);
      return isWhole ? object : undefined;
    },
  };
}
