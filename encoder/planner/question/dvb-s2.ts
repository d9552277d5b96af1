import { PlanError } from './error.js';
import type { FrameModel } from './model.js';

/** Bits that BCH protects in a normal FECFRAME, by code rate: ETSI EN 302 307-1 table 5a. */
const K_BCH: Readonly<Record<string, number>> = {
  '1/4': 16_008,
  '1/3': 21_408,
  '2/5': 25_728,
  '1/2': 32_208,
  '3/5': 38_688,
  '2/3': 43_040,
  '3/4': 48_408,
  '4/5': 51_648,
  '5/6': 53_840,
  '8/9': 57_472,
  '9/10': 58_192,
};
/** Bits by symbol, and the code rates with which a modulation goes: table 12. */
const MODULATIONS: Readonly<Record<string, { readonly bits: number; readonly rates: readonly string[] }>> = {
  qpsk: { bits: 2, rates: Object.keys(K_BCH) },
  '8psk': { bits: 3, rates: ['3/5', '2/3', '3/4', '5/6', '8/9', '9/10'] },
  '16apsk': { bits: 4, rates: ['2/3', '3/4', '4/5', '5/6', '8/9', '9/10'] },
  '32apsk': { bits: 5, rates: ['3/4', '4/5', '5/6', '8/9', '9/10'] },
};

/** Bits of a normal FECFRAME, of a baseband header, and of a transport stream packet; symbols of a PL header. */
const FRAME_BITS = 64_800;
const HEADER_BITS = 80;
const PACKET_BITS = 188 * 8;
const PL_HEADER = 90;

/**
 * A carrier that loses baseband frames: normal ones, without pilots, full of transport stream packets.
 *
 * @param modcod modulation and code rate, as `8psk-3/4`
 * @param symbolRate symbols per second of the carrier; where it is not given, nothing else than the datagrams is on it
 * @throws PlanError on what DVB-S2 does not have
 */
export function frameModel(loss: number, modcod: string, symbolRate?: number): FrameModel {
  const [name = '', rate = ''] = modcod.toLowerCase().split(/-(.*)/);
  const modulation = Object.hasOwn(MODULATIONS, name) ? MODULATIONS[name] : undefined;
  if (modulation === undefined || !modulation.rates.includes(rate)) {
    throw new PlanError(
      `"${modcod}" is no modulation and coding of DVB-S2; ${modulation === undefined ? `there are ${Object.keys(MODULATIONS).join(', ')} with a code rate, like qpsk-3/4` : `${name} goes with ${modulation.rates.join(', ')}`}.`,
    );
  }
  const packetsPerFrame = (K_BCH[rate]! - HEADER_BITS) / PACKET_BITS;
  if (symbolRate === undefined) return { model: 'dvb-s2', loss, packetsPerFrame };
  const framesPerSecond = symbolRate / (FRAME_BITS / modulation.bits + PL_HEADER);
  return { model: 'dvb-s2', loss, packetsPerFrame, packetsPerSecond: framesPerSecond * packetsPerFrame };
}
