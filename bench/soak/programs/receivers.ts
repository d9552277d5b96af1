import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compareDirectories } from '../../../fixtures/job.js';
import type { ChildProgram, ProgramEvent } from '../child-program.js';
import type { SoakContext } from '../context.js';
import { type EditionRecord, nameOf, type ReceiverName } from '../edition-records.js';

export interface SoakReceiver {
  readonly name: ReceiverName;
  readonly child: ChildProgram;
  /** Where it listens: the same place in every life. */
  readonly address: string;
  /** Notes editions that it has delivered without saying so, as it was killed in between. */
  lookFor(edition: EditionRecord): void;
  /** Compares each file that readers have now with the editions that were signed. */
  lookAtFiles(): void;
  /** Compares all that stands in its directory with the latest editions, now that it has ended. */
  checkDirectory(): void;
  /** Datagrams of earlier lives that it took up again. */
  readonly resumed: number;
  /** Bytes of the files that it keeps for later. */
  stateBytes(): number;
}

/**
 * Starts a receiver at a port that is free; what it delivers is compared at once.
 *
 * @param sentAs directory that holds an edition as it was sent
 * @param transportStream datagrams come in one
 */
export async function startReceiver(
  context: SoakContext,
  name: ReceiverName,
  sentAs: (edition: EditionRecord) => string,
  transportStream: boolean,
): Promise<SoakReceiver> {
  const { work, records, standing, now, problem } = context;
  const out = join(work, `received-${name}`);
  let resumed = 0;
  const state = join(work, `state-${name}`);
  let address = '127.0.0.1:0';

  function differenceOf(edition: EditionRecord, path: string): string | undefined {
    try {
      compareDirectories(sentAs(edition), join(out, path));
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  function arrived(edition: EditionRecord, difference: string | undefined, found: boolean): void {
    const seconds = now() - (edition.onAir ?? edition.changed);
    records.arrived(edition, name, { seconds, difference, found });
  }

  function lookFor(edition: EditionRecord): void {
    if (edition.sequence === undefined || edition.arrivals[name] !== undefined) return;
    if (differenceOf(edition, edition.bundle) === undefined) arrived(edition, undefined, true);
  }

  function checkDirectory(): void {
    const expected = records.latestEditions();
    for (const edition of expected) {
      const difference = differenceOf(edition, edition.bundle);
      if (difference === undefined) continue;
      records.fail(
        `${nameOf(edition)} does not stand in the directory of receiver ${name} at the end: ${difference}`,
      );
    }
    const known = new Set(expected.map(({ bundle }) => bundle));
    const others = readdirSync(out).filter((entry) => !entry.startsWith('.') && !known.has(entry));
    if (others.length > 0)
      records.fail(`Receiver ${name} has written ${others.join(', ')}, which was never sent.`);
  }

  function complete({ bundle, sequence, path }: ProgramEvent): void {
    const edition = records.bySequence(String(bundle), Number(sequence));
    if (edition === undefined) {
      records.fail(`Receiver ${name} has completed ${bundle}, sequence ${sequence}, which was never sent.`);
      return;
    }
    // found already, and told again as the receiver was killed before it had noted it
    if (edition.arrivals[name] !== undefined) return;
    if (edition !== records.latest(edition.bundle)) {
      records.fail(`${nameOf(edition)} came to receiver ${name} after it had been replaced.`);
    } else {
      arrived(edition, differenceOf(edition, String(path)), false);
    }
  }

  const child = context.addChild({
    name: `receiver ${name}`,
    program: 'datacast-receive',
    args: () => [
      ...[
        'listen',
        transportStream ? `udp://${address}` : address,
        '--trust',
        join(work, 'keys', 'publisher.pub'),
        '--out',
        out,
      ],
      ...['--state', state, '--log', 'json'],
    ],
    onEvent(event) {
      if (event.type === 'listening') {
        address = String(event.at).replace('udp://', '');
        for (const edition of records.latestEditions()) lookFor(edition);
      } else if (event.type === 'resumed') resumed += Number(event.datagrams);
      else if (event.type === 'complete') complete(event);
      else if (event.type === 'problem') problem(`receiver ${name}`, String(event.message));
      else if (event.type === 'lost') {
        problem(`receiver ${name}`, 'Datagrams reached this machine and were lost in it.');
      }
    },
  });
  child.start();
  await child.next('listening');
  return {
    name,
    child,
    address,
    lookFor,
    lookAtFiles() {
      for (const sentence of standing.look(name, out)) records.fail(sentence);
    },
    checkDirectory,
    get resumed() {
      return resumed;
    },
    stateBytes: () => bytesOf(state),
  };
}

function bytesOf(directory: string): number {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(directory, name),
  );
  return paths
    .map((path) => statSync(path))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);
}
