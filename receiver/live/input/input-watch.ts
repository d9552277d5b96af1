import type { TellProblem } from '../../state/state.js';
import type { OnListenEvent } from '../events.js';
import type { SilenceProbe } from '../silence/silence-probe.js';
import type { StreamCounts } from './input-thread.js';

/** What came in so far. */
export interface Input {
  readonly datagrams: number;
  /** Left out since the program was busy. */
  readonly leftOut: number;
  /** Dropped by the kernel; undefined where it does not say. */
  readonly kernelDrops: number | undefined;
  /** Undefined when there was no transport stream. */
  readonly stream: StreamCounts | undefined;
}

/** Looks after the input: silence, datagrams that get lost in this machine, and what is wrong with a transport stream. */
export interface InputWatch {
  /** To be called about once a second. */
  check(): void;
  close(): void;
}

/** Milliseconds without a datagram that are worth a word, and those after which it is looked into. */
const SILENCE = 60_000;
const SUSPICION = 10_000;
/** Milliseconds of transport packets without a datagram in them that are. */
const NOTHING_IN_STREAM = 10_000;
/** Milliseconds between two words on losses, or on gaps. */
const LOSS_INTERVAL = 10_000;
const NO_STREAM: StreamCounts = { packets: 0, scrambled: 0, damaged: 0, gaps: 0, overflows: 0 };

export interface InputWatchOptions {
  readonly onEvent: OnListenEvent;
  readonly tellProblem: TellProblem;
  look(): Input;
  /** Begins to look into a silence. */
  probe(): SilenceProbe;
  /** Milliseconds of a clock that nobody sets. */
  now(): number;
}

export function createInputWatch(options: InputWatchOptions): InputWatch {
  const { onEvent, tellProblem, look, probe, now } = options;
  let before = look();
  let toldKernel = before.kernelDrops ?? 0;
  let toldLeftOut = before.leftOut;
  let toldStream = NO_STREAM;
  let lastHeard = now();
  let lastTold = Number.NEGATIVE_INFINITY;
  let lastToldStream = Number.NEGATIVE_INFINITY;
  let silent = false;
  let probing: SilenceProbe | undefined;

  function endProbe(): void {
    probing?.close();
    probing = undefined;
  }

  function checkSilence(heard: boolean): void {
    const seconds = Math.round((now() - lastHeard) / 1000);
    if (heard) {
      endProbe();
      if (silent) onEvent({ type: 'heard', seconds });
      silent = false;
      lastHeard = now();
      return;
    }
    if (silent) return;
    if (now() - lastHeard >= SUSPICION) probing ??= probe();
    if (now() - lastHeard >= SILENCE) {
      silent = true;
      onEvent({ type: 'silent', seconds, reasons: probing!.explain() });
      endProbe();
    }
  }

  function checkLosses({ kernelDrops = toldKernel, leftOut }: Input): void {
    // a socket that joined again begins to count again
    if (kernelDrops < toldKernel) toldKernel = 0;
    const [kernel, program] = [kernelDrops - toldKernel, leftOut - toldLeftOut];
    if (kernel + program === 0 || now() - lastTold < LOSS_INTERVAL) return;
    onEvent({ type: 'lost', kernel, program });
    [toldKernel, toldLeftOut, lastTold] = [kernelDrops, leftOut, now()];
  }

  function checkStream({ stream = NO_STREAM }: Input): void {
    if (stream.packets > (before.stream ?? NO_STREAM).packets && now() - lastHeard >= NOTHING_IN_STREAM) {
      const isScrambled = stream.scrambled > (before.stream ?? NO_STREAM).scrambled;
      tellProblem('nothing in the stream', isScrambled ? SCRAMBLED : WITHOUT_DATAGRAMS);
    }
    const gaps = stream.gaps - toldStream.gaps;
    const damaged = stream.damaged - toldStream.damaged;
    const overflows = stream.overflows - toldStream.overflows;
    if (gaps + damaged + overflows === 0 || now() - lastToldStream < LOSS_INTERVAL) return;
    onEvent({ type: 'gaps', gaps, damaged, overflows });
    [toldStream, lastToldStream] = [stream, now()];
  }

  return {
    check() {
      const input = look();
      checkSilence(input.datagrams > before.datagrams);
      checkLosses(input);
      checkStream(input);
      before = input;
    },
    close: endProbe,
  };
}

const WITHOUT_DATAGRAMS =
  'Transport packets come, and for ten seconds no datagram was in them. If their sender has just begun it may still be packing. If not, this is another multiplex, or the tuner passes other PIDs on: let it pass all of them on.';
const SCRAMBLED =
  'Transport packets come, but what can be read of them holds no datagram, and others are scrambled: ask whoever transmits whether the service is in the clear.';
