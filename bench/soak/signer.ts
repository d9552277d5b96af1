import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cliOf, runProgram } from '../../fixtures/job.js';

/** What only the publisher has. */
const publisherOf = (work: string) => join(work, 'publisher');
/** What the sender has: no secret of the publisher. */
const uplinkOf = (work: string) => join(work, 'keys');

/** Makes the keys of a publisher and of an uplink, each in a directory of its own. @throws Error when a command fails */
export function makeKeys(work: string): void {
  const publisher = publisherOf(work);
  const uplink = uplinkOf(work);
  const run = (...args: string[]) => {
    const { status, stderr } = runProgram('datacast', args);
    if (status !== 0) throw new Error(`datacast ${args[0]} ended with exit code ${status}: ${stderr}`);
  };
  run('keygen', '--publisher', '--out', publisher, '--no-password');
  run('keygen', '--uplink', '--out', uplink);
  const certificate = join(uplink, 'uplink.cert');
  run('certify', '--publisher', publisher, '--uplink', join(uplink, 'uplink.pub'), '--out', certificate);
  copyFileSync(join(publisher, 'publisher.pub'), join(uplink, 'publisher.pub'));
}

/** The publisher signs content in a process of its own. @returns the directory of the signed edition */
export async function signEdition(work: string, content: string, name: string): Promise<string> {
  const signed = join(work, `signed-${name}`);
  const args = ['sign', content, '--publisher', publisherOf(work), '--out', signed];
  await promisify(execFile)(process.execPath, [cliOf('datacast'), ...args]);
  return signed;
}
