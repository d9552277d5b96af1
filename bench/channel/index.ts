export { createPrng, type Prng } from '../../fixtures/prng.js';
export {
  type Channel,
  ChannelError,
  compose,
  type Datagram,
  type Datagrams,
  type SentDatagram,
} from './datagram.js';
export { corrupt } from './impairments/corrupt.js';
export { duplicate } from './impairments/duplicate.js';
export { FORGERY_KINDS, type ForgeOptions, type ForgeryKind, forge } from './impairments/forge.js';
export { reorder } from './impairments/reorder.js';
export { truncate } from './impairments/truncate.js';
export { type BasebandFrameParameters, basebandFrames } from './models/baseband-frames.js';
export { bernoulli } from './models/bernoulli.js';
export {
  type GilbertElliottParameters,
  gilbertElliott,
  gilbertParameters,
} from './models/gilbert-elliott.js';
export {
  anyOf,
  emptyLossStatistics,
  type LossModel,
  type LossStatistics,
  lose,
  lossRate,
  meanBurstLength,
} from './models/loss.js';
export { ORBITS, type Orbit, orbitPasses } from './models/orbit.js';
export { type Outage, outage, randomOutages } from './models/outage.js';
export { type PassParameters, pass } from './models/pass.js';
export {
  DEFAULT_SIGMA,
  RAIN_BANDS,
  type RainBand,
  type RainFadeParameters,
  rainFade,
} from './models/rain-fade.js';
export { MPE_OVERHEAD, type RecorderParameters, recorder, TS_PAYLOAD } from './models/recorder.js';
export { type ShadowingParameters, shadowing } from './models/shadowing.js';
export {
  type ChannelSpec,
  createLossModel,
  meanLoss,
  passParameters,
  prepareLossModel,
  rainFadeParameters,
} from './models/spec.js';
export { formatChannelSpec, parseChannelSpec } from './models/spec-text.js';
export { type LossTrace, parseTrace, readTrace, replayTrace, TraceError } from './models/trace.js';
export { countEvent, type Tally } from './tally.js';
