import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type ToolName, toolPath } from '../../fixtures/tools.js';
import { asNobody } from './live-recorders.js';
import { decodeErrors } from './survival.js';

interface Player {
  readonly name: string;
  readonly program: ToolName;
  args(path: string): readonly string[];
}

const PLAYERS: readonly Player[] = [
  {
    name: 'mpv',
    program: 'mpv',
    args: (path) => ['--no-config', '--vo=null', '--ao=null', '--untimed', '--msg-level=all=warn', path],
  },
  {
    name: 'VLC',
    program: 'cvlc',
    args: (path) => [
      ...['--quiet', '--no-dbus', '-I', 'dummy', '--vout', 'dummy', '--aout', 'dummy'],
      ...['--play-and-exit', path, 'vlc://quit'],
    ],
  },
];
/** Of VLC, on what it lacks here: interfaces. */
const ITS_OWN = /interface/;

/** What players say while they decode picture and sound; nothing is right. Those that are missing are told. */
export function playerErrors(
  path: string,
  directory: string,
  say: (sentence: string) => void,
): (readonly [player: string, errors: string])[] {
  const home = mkdtempSync(join(directory, 'player-'));
  chmodSync(directory, 0o755);
  chmodSync(home, 0o777);
  const found: (readonly [string, string])[] = [['ffmpeg', decodeErrors(path)]];
  for (const { name, program, args } of PLAYERS) {
    if (toolPath(program) === undefined) {
      say(`${name} is not installed: it does not judge the picture.`);
      continue;
    }
    const { stdout, stderr } = spawnSync(program, args(path), { ...asNobody(home), encoding: 'utf8' });
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !ITS_OWN.test(line));
    found.push([name, lines.join('\n')]);
  }
  return found;
}
