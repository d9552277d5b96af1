import { equalBytes } from '../../codecs/bytes.js';
import { describeError } from '../../codecs/node/command.js';
import { expiryStage, warnOfExpiry } from '../keys/expiry.js';
import type { UplinkKeys } from '../keys/keys.js';
import type { OnUplinkEvent } from './monitoring/events.js';
import type { Problems } from './monitoring/problems.js';
import type { Clock } from './transmit/clock.js';
import { createWakeUp } from './transmit/wake-up.js';

/** Milliseconds between two looks at the key directory and at the end of the certificate. */
const INTERVAL = 60_000;

export interface CertificateWatchOptions {
  /** What the session begins with. */
  readonly keys: UplinkKeys;
  /** Reads the key directory again; without it nothing is taken up. */
  readonly readKeys?: (() => Promise<UplinkKeys>) | undefined;
  readonly clock: Clock;
  readonly onEvent: OnUplinkEvent;
  readonly problems: Problems;
  /** The session goes on with other keys. */
  onTaken(keys: UplinkKeys): void;
}

/** Warns before the end of the uplink certificate, and takes up the next one. */
export interface CertificateWatch {
  /** What is in use. */
  readonly keys: UplinkKeys;
  /** Looks for another certificate soon. */
  reload(): void;
  /** Watches until `stop` aborts. */
  run(stop: AbortSignal): Promise<void>;
}

export function createCertificateWatch(options: CertificateWatchOptions): CertificateWatch {
  const { readKeys, clock, onEvent, problems } = options;
  let { keys } = options;
  const wakeUp = createWakeUp();
  /** The warning that was given, in days. */
  let warned = Number.POSITIVE_INFINITY;

  function warn(): void {
    const { notAfter } = keys.certificate;
    const now = clock.unix() / 1000;
    const stage = expiryStage(notAfter, now) ?? Number.POSITIVE_INFINITY;
    if (stage < warned) problems.raise('certificate end', warnOfExpiry(notAfter, now)!);
    if (stage === Number.POSITIVE_INFINITY) problems.mend('certificate end');
    warned = stage;
  }

  /** What was wrong at the last look that nobody asked for: files are copied one after the other. */
  let doubt: string | undefined;

  /** @param isAsked somebody waits for an answer */
  async function takeUp(read: () => Promise<UplinkKeys>, isAsked: boolean): Promise<void> {
    const problem = (sentence: string) => {
      const isNew = doubt !== sentence;
      doubt = sentence;
      if (isNew && !isAsked) return;
      const message = `${sentence} The certificate before it stays in use.`;
      problems.raise('certificate', message, { again: isAsked });
    };

    try {
      const next = await read();
      const isOther = !equalBytes(next.certificateBytes, keys.certificateBytes);
      if (!isOther && isSameChain(next.successions, keys.successions)) {
        doubt = undefined;
        return problems.mend('certificate');
      }
      const refusal = whyNot(next, keys);
      if (refusal !== undefined) return problem(refusal);
      keys = next;
      warned = Number.POSITIVE_INFINITY;
      options.onTaken(keys);
      doubt = undefined;
      problems.mend('certificate');
      if (!isOther) return onEvent({ type: 'successions', statements: keys.successions.length });
      const { generation, notAfter } = keys.certificate;
      onEvent({ type: 'certificate', generation, notAfter });
    } catch (error) {
      problem(describeError(error));
    }
  }

  return {
    get keys() {
      return keys;
    },
    reload: wakeUp.trigger,
    async run(stop) {
      stop.addEventListener('abort', wakeUp.trigger);
      while (!stop.aborted) {
        const isAsked = wakeUp.reset();
        if (readKeys !== undefined && !stop.aborted) await takeUp(readKeys, isAsked);
        warn();
        await clock.until(clock.now() + INTERVAL, wakeUp.signal);
      }
    },
  };
}

function isSameChain(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((statement, i) => equalBytes(statement, other[i]!));
}

/** Why a running session does not go on with other keys; undefined when it does. */
function whyNot(next: UplinkKeys, present: UplinkKeys): string | undefined {
  const { tsi, generation, notBefore } = next.certificate;
  const { certificate } = present;
  if (!equalBytes(next.publisherKey.publicKey, present.publisherKey.publicKey)) {
    return 'publisher.pub and uplink.cert are of another publisher: that takes effect at the next start.';
  }
  if (tsi !== certificate.tsi) {
    return `uplink.cert is for TSI ${tsi}, and this session is ${certificate.tsi}: ask the publisher for one of this session ("datacast certify --renew").`;
  }
  const isOlder =
    generation < certificate.generation ||
    (generation === certificate.generation && notBefore < certificate.notBefore);
  if (!isOlder) return undefined;
  return `uplink.cert is older than the one in use (generation ${generation}, in use ${certificate.generation}): receivers may refuse it.`;
}
