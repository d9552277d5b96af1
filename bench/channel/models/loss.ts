import { type Channel, ChannelError, type Datagram, type SentDatagram } from '../datagram.js';

/** Decides, datagram after datagram in the order of sending, which ones are lost. Time begins at 0 seconds. */
export type LossModel = (datagram: SentDatagram) => boolean;

/** Channels one behind the other: a datagram is lost when any of them loses it; each of them sees every datagram. */
export function anyOf(models: readonly LossModel[]): LossModel {
  if (models.length === 0) throw new ChannelError('Give at least one channel model to combine.');
  return (datagram) => {
    let lost = false;
    // No early end: a model that is not asked would stand still.
    for (const model of models) if (model(datagram)) lost = true;
    return lost;
  };
}

/** What a loss model did to a stream. */
export interface LossStatistics {
  sent: number;
  lost: number;
  /** Runs of consecutive lost datagrams. */
  bursts: number;
  longestBurst: number;
}

export function emptyLossStatistics(): LossStatistics {
  return { sent: 0, lost: 0, bursts: 0, longestBurst: 0 };
}

/** Share of the datagrams that were lost, 0 to 1. */
export function lossRate(statistics: LossStatistics): number {
  return statistics.sent === 0 ? 0 : statistics.lost / statistics.sent;
}

/** Mean number of datagrams in a run of lost ones; 0 when nothing was lost. */
export function meanBurstLength(statistics: LossStatistics): number {
  return statistics.bursts === 0 ? 0 : statistics.lost / statistics.bursts;
}

/** Loses what the model says, and counts into `statistics`. The first datagram is sent at 0 seconds. */
export function lose<D extends Datagram>(
  model: LossModel,
  statistics: LossStatistics = emptyLossStatistics(),
): Channel<D> {
  return async function* (sent) {
    let burst = 0;
    let startNs: bigint | undefined;
    for await (const datagram of sent) {
      statistics.sent++;
      const { timestampNs, payload } = datagram;
      startNs ??= timestampNs;
      const time =
        timestampNs === undefined || startNs === undefined
          ? {}
          : { seconds: Number(timestampNs - startNs) / 1e9 };
      if (!model({ ...time, length: payload.length })) {
        burst = 0;
        yield datagram;
        continue;
      }
      statistics.lost++;
      burst++;
      if (burst === 1) statistics.bursts++;
      statistics.longestBurst = Math.max(statistics.longestBurst, burst);
    }
  };
}
