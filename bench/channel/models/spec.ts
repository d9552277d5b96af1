import type { Prng } from '../../../fixtures/prng.js';
import { ChannelError, requireProbability } from '../datagram.js';
import {
  type BasebandFrameParameters,
  basebandFrames,
  meanBasebandFrameLoss,
  requireBasebandFrames,
} from './baseband-frames.js';
import { bernoulli } from './bernoulli.js';
import { gilbertElliott, gilbertParameters } from './gilbert-elliott.js';
import { anyOf, type LossModel } from './loss.js';
import { ORBITS, type Orbit } from './orbit.js';
import { meanPassLoss, type PassParameters, pass, requirePass } from './pass.js';
import {
  RAIN_BANDS,
  type RainBand,
  type RainFadeParameters,
  rainFade,
  requireRainFade,
} from './rain-fade.js';
import { meanRecorderLoss, type RecorderParameters, recorder, requireRecorder } from './recorder.js';
import { requireShadowing, type ShadowingParameters, shadowing } from './shadowing.js';
import { readTrace, replayTrace } from './trace.js';

/** A channel model and its parameters, as plain data that JSON can carry. */
export type ChannelSpec =
  | { model: 'bernoulli'; loss: number }
  /** `burst`: mean number of datagrams lost in a row. */
  | { model: 'gilbert-elliott'; loss: number; burst: number }
  | { model: 'rain-fade'; band: RainBand; lossInFade?: number }
  | ({ model: 'rain-fade' } & RainFadeParameters)
  | ({ model: 'shadowing' } & ShadowingParameters)
  | ({ model: 'dvb-s2' } & BasebandFrameParameters)
  | { model: 'pass'; orbit: Orbit; edgeLoss?: number; edgeSeconds?: number }
  | ({ model: 'pass' } & PassParameters)
  | ({ model: 'recorder' } & RecorderParameters)
  /** `path`: a loss trace, see `parseTrace`. */
  | { model: 'trace'; path: string }
  /** Channels one behind the other: lost when any of them loses. */
  | { model: 'all'; of: readonly ChannelSpec[] };

/** UDP payload of a full datagram at an MTU of 1500 bytes. */
const FULL_DATAGRAM = 1472;

/**
 * Everything that is the same for all runs of a channel, done once: parameters checked, a trace read.
 *
 * @returns makes one run of the channel, determined by the generator's seed
 * @throws ChannelError when the parameters cannot be, TraceError when a trace cannot be read
 */
export function prepareLossModel(spec: ChannelSpec): (prng: Prng) => LossModel {
  switch (spec.model) {
    case 'bernoulli':
      requireProbability('loss probability', spec.loss);
      return (prng) => bernoulli(prng, spec.loss);
    case 'gilbert-elliott': {
      const parameters = gilbertParameters(spec.loss, spec.burst);
      return (prng) => gilbertElliott(prng, parameters);
    }
    case 'rain-fade': {
      const parameters = rainFadeParameters(spec);
      requireRainFade(parameters);
      return (prng) => rainFade(prng, parameters);
    }
    case 'shadowing':
      requireShadowing(spec);
      return (prng) => shadowing(prng, spec);
    case 'dvb-s2':
      requireBasebandFrames(spec);
      return (prng) => basebandFrames(prng, spec);
    case 'pass': {
      const parameters = passParameters(spec);
      requirePass(parameters);
      return (prng) => pass(prng, parameters);
    }
    case 'recorder':
      requireRecorder(spec);
      return (prng) => recorder(prng, spec);
    case 'trace': {
      const trace = readTrace(spec.path);
      return (prng) => replayTrace(prng, trace);
    }
    case 'all': {
      if (spec.of.length === 0) throw new ChannelError('Give at least one channel model to combine.');
      const parts = spec.of.map(prepareLossModel);
      return (prng) => anyOf(parts.map((part, index) => part(prng.fork(`part ${index}`))));
    }
  }
}

/** One run of a channel. For many runs of the same channel call `prepareLossModel` once. */
export function createLossModel(spec: ChannelSpec, prng: Prng): LossModel {
  return prepareLossModel(spec)(prng);
}

/**
 * Share of the datagrams that a channel loses in the long run, 0 to 1, in closed form. For the recorder: over the
 * whole recording when it has a length.
 *
 * @param length bytes of UDP payload of the datagrams; only the recorder and dvb-s2 depend on it
 */
export function meanLoss(spec: ChannelSpec, length = FULL_DATAGRAM): number {
  switch (spec.model) {
    case 'bernoulli':
    case 'gilbert-elliott':
      return spec.loss;
    case 'rain-fade': {
      const { share, lossInFade = 1 } = rainFadeParameters(spec);
      return share * lossInFade;
    }
    case 'shadowing':
      return spec.share;
    case 'dvb-s2':
      return meanBasebandFrameLoss(spec, length);
    case 'pass':
      return meanPassLoss(passParameters(spec));
    case 'recorder':
      return meanRecorderLoss(spec, length);
    case 'trace': {
      const { lost, datagrams } = readTrace(spec.path);
      return lost / datagrams;
    }
    case 'all':
      return 1 - spec.of.reduce((kept, part) => kept * (1 - meanLoss(part, length)), 1);
  }
}

/** Numbers of a rain fade, those of its band when it names one. */
export function rainFadeParameters(spec: ChannelSpec & { model: 'rain-fade' }): RainFadeParameters {
  if (!('band' in spec)) return spec;
  const { lossInFade = 1 } = spec;
  return { ...RAIN_BANDS[spec.band], lossInFade };
}

/** Numbers of a pass, those of its orbit when it names one. */
export function passParameters(spec: ChannelSpec & { model: 'pass' }): PassParameters {
  if (!('orbit' in spec)) return spec;
  const { edgeLoss = 0, edgeSeconds = 0 } = spec;
  return { ...ORBITS[spec.orbit], edgeLoss, edgeSeconds };
}
