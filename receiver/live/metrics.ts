import type { Registry } from 'prom-client';
import { isPlausibleTime } from '../../codecs/edition/index.js';
import { fingerprint } from '../../codecs/minisign/index.js';
import { createMetricSet, type PromClient } from '../../codecs/node/monitoring/prom-client.js';
import { REJECTIONS, type ReceiverCounters, type RejectionReason } from '../engine/ports/events.js';
import type { Share } from '../files/bundle-state.js';

/** A moment of a listener. */
export interface ListenStatus {
  readonly counters: Readonly<ReceiverCounters>;
  /** Datagrams that this machine lost: the kernel, where it says so, and the program. */
  readonly lost: { readonly kernel: number | undefined; readonly program: number };
  /** Unix time in milliseconds of the last datagram; undefined: none came. */
  readonly lastHeard: number | undefined;
  /** Times the interface that joined the group came back. */
  readonly interfaceReturns: number;
  /** Problems that were told. */
  readonly problems: number;
  /** Bytes of datagrams that are kept. */
  readonly storedBytes: number;
  readonly bundles: readonly {
    /** Public key, hexadecimal. */
    readonly publisher: string;
    readonly name: string;
    readonly sequence: number;
    readonly isComplete: boolean;
    readonly files: Share;
    /** Of the files. */
    readonly bytes: Share;
  }[];
}

/** The metrics of a listener, read when they are asked for. */
export function createMetrics(promClient: PromClient, status: () => ListenStatus): Registry {
  const up = { name: 'datacast_receive_up', help: '1 while the receiver runs' };
  const { registry, total, gauge, labelled } = createMetricSet(promClient, status, up);
  const counted = (counter: keyof ReceiverCounters, name: string, help: string) =>
    total(`datacast_receive_${name}_total`, help, ({ counters }) => counters[counter]);
  counted('datagrams', 'datagrams', 'Datagrams that came');
  counted('kept', 'kept', 'Symbols that were taken into the store');
  counted('duplicates', 'duplicates', 'Datagrams that had come before');
  counted('surplus', 'surplus', 'Symbols of what needs no more');
  labelled(
    'counter',
    'datacast_receive_rejected_total',
    'Datagrams, tables and objects that were not used',
    ['reason'],
    ({ counters }) =>
      (Object.keys(REJECTIONS) as RejectionReason[]).map((reason) => [{ reason }, counters[reason]]),
  );
  labelled(
    'counter',
    'datacast_receive_lost_total',
    'Datagrams that reached this machine and were lost in it',
    ['by'],
    ({ lost }) => [
      [{ by: 'kernel' }, lost.kernel],
      [{ by: 'program' }, lost.program],
    ],
  );
  gauge('datacast_receive_last_datagram_timestamp_seconds', 'Unix time of the last datagram', (now) =>
    now.lastHeard === undefined ? undefined : now.lastHeard / 1000,
  );
  total('datacast_receive_problems_total', 'Problems that were told', ({ problems }) => problems);
  total(
    'datacast_receive_interface_returns_total',
    'Times the network interface that joined came back',
    ({ interfaceReturns }) => interfaceReturns,
  );
  gauge(
    'datacast_receive_stored_bytes',
    'Bytes of datagrams that are kept',
    ({ storedBytes }) => storedBytes,
  );

  type Bundle = ListenStatus['bundles'][number];
  const perBundle = (name: string, help: string, value: (bundle: Bundle) => number | undefined) =>
    labelled('gauge', `datacast_receive_bundle_${name}`, help, ['publisher', 'bundle'], ({ bundles }) =>
      bundles.map((bundle) => [
        { publisher: fingerprint(bundle.publisher), bundle: bundle.name },
        value(bundle),
      ]),
    );
  perBundle('sequence', 'Sequence number of the newest edition', ({ sequence }) => sequence);
  perBundle(
    'edition_timestamp_seconds',
    'Unix time that the sequence number of the newest edition stands for',
    ({ sequence }) => (isPlausibleTime(sequence) ? sequence : undefined),
  );
  perBundle('complete', '1 when all of the newest edition is there', ({ isComplete }) =>
    isComplete ? 1 : 0,
  );
  perBundle('files', 'Files of the newest edition', ({ files }) => files.of);
  perBundle('files_there', 'Files of the newest edition that are there', ({ files }) => files.there);
  perBundle('bytes', 'Bytes of the files of the newest edition', ({ bytes }) => bytes.of);
  perBundle('bytes_there', 'Bytes of the files that are there', ({ bytes }) => bytes.there);
  return registry;
}
