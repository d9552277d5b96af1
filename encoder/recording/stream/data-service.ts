import { createTransportStreamWriter } from '../../../codecs/mpegts/index.js';
import { type OpenFile, writeLater } from '../../../codecs/node/open-file.js';
import type { DataServiceOptions } from '../../transport-stream/service.js';
import { type OnPacketized, type OwnRecording, packetsOf } from './recorded-packets.js';

/**
 * Writes the IP packets of a recording of ours, in the order of their times, into a transport stream
 * with a data service.
 *
 * @param into empty
 * @returns bytes of the stream
 * @throws TransportStreamError when the rate is too low
 */
export async function writeDataService(
  recording: OpenFile,
  own: OwnRecording,
  into: OpenFile,
  { tsRate, serviceName }: DataServiceOptions,
  onPacketized: OnPacketized,
): Promise<number> {
  const { datagrams } = own;
  const stream = createTransportStreamWriter({
    ...(tsRate !== undefined && { tsRate }),
    ...(serviceName !== undefined && { serviceName }),
  });
  let length = 0;
  let done = 0;
  const append = async (bytes: Uint8Array) => {
    await writeLater(into, bytes, length);
    length += bytes.length;
  };
  for (const { packet, timeNs } of packetsOf(recording, own)) {
    for (const bytes of stream.push(packet, timeNs)) await append(bytes);
    done++;
    if (done % 1024 === 0 || done === datagrams) onPacketized(done);
  }
  await append(stream.end());
  return length;
}
