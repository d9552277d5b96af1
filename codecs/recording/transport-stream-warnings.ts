import { isUnreadStream } from '../mpegts/index.js';
import { formatCount } from '../text.js';
import { describeKinds, type Kinds } from './contents.js';
import type { RecordingCounters } from './reader.js';

/** What is worth a word about a transport stream besides its IP packets, a sentence each, for people. */
export function transportStreamWarnings(path: string, { transportStream }: RecordingCounters): string[] {
  if (transportStream === undefined) return [];
  const { discontinuities, transportErrors, badSections, resynchronisations } = transportStream;
  const { scrambled, scrambledOthers, datagrams, streams } = transportStream;
  const sentences: string[] = [];
  const damage = [
    count(discontinuities, 'gap'),
    count(
      transportErrors,
      'packet that the demodulator could not correct',
      'packets that the demodulator could not correct',
    ),
    count(badSections, 'section with a wrong CRC', 'sections with a wrong CRC'),
    count(resynchronisations, 'lost synchronisation'),
  ].filter((text) => text !== undefined);
  if (damage.length > 0) sentences.push(`${path} was not received whole: ${damage.join(', ')}.`);
  if (scrambled > 0) {
    sentences.push(`${path} holds ${count(scrambled, 'scrambled packet')} of datagrams, left out.`);
  }
  if (datagrams === 0 && scrambled === 0) {
    const others = count(scrambledOthers, 'scrambled packet');
    const found = describeKinds(streams);
    sentences.push(
      `${path} is a transport stream without datagrams${others === undefined ? '' : ` that can be read, and with ${others}`}${found === '' ? '' : ` (its programmes have ${found})`}; ${adviceOn(streams)}`,
    );
  }
  return sentences;
}

function adviceOn(streams: Readonly<Kinds>): string {
  const unread = Object.keys(streams).filter(isUnreadStream);
  return unread.length === 0
    ? 'it was recorded from another transponder or without the data PID, perhaps.'
    : `${unread.join(' and ')} ${unread.length === 1 ? 'is' : 'are'} not read here: let the tuner or its driver unpack it, and record the network interface with tcpdump.`;
}

function count(number: number, one: string, many = `${one}s`): string | undefined {
  return number === 0 ? undefined : formatCount(number, one, many);
}
