import { formatCount, formatNumber, formatShare } from '../../../codecs/text.js';
import { formatDuration } from '../../text.js';
import type { PlanModel } from '../question/model.js';

/** A loss model for operators. */
export function describeModel(model: PlanModel): string {
  switch (model.model) {
    case 'bernoulli':
      return `independent loss of ${formatShare(model.loss)}`;
    case 'gilbert-elliott':
      return `loss of ${formatShare(model.loss)} in bursts of ${formatCount(model.burst, 'datagram')} on average`;
    case 'rain-fade':
      return `fades of rain during ${formatShare(model.share)} of the time, ${formatDuration(model.meanSeconds)} long on average, some of them many times as long`;
    case 'shadowing':
      return `in shadow during ${formatShare(model.share)} of the time, ${formatDuration(model.meanSeconds)} at a time on average`;
    case 'dvb-s2':
      return `loss of ${formatShare(model.loss)} of the DVB-S2 baseband frames, ${formatNumber(Number(model.packetsPerFrame.toFixed(1)))} transport stream packets each`;
    case 'pass':
      return `windows of ${formatDuration(model.windowSeconds)} every ${formatDuration(model.periodSeconds)}`;
    case 'recorder': {
      const { loss, burst, startSeconds = 0, endSeconds = 0 } = model;
      const bursts = burst === undefined ? '' : ` in bursts of ${formatNumber(burst)} on average`;
      const cuts =
        startSeconds + endSeconds === 0
          ? ''
          : `; ${formatDuration(startSeconds)} at the beginning and ${formatDuration(endSeconds)} at the end are missing`;
      return `a recorder that loses ${formatShare(loss)} of the transport stream packets${bursts}${cuts}`;
    }
    case 'all':
      return model.of.map(describeModel).join(', and ');
  }
}
