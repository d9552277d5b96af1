import type { Crypto } from '../../../codecs/crypto/index.js';
import { CliError, describeError } from '../../../codecs/node/command.js';
import { walk } from '../../content/walk.js';
import { EncodeError } from '../../error.js';
import type { UplinkKeys } from '../../keys/keys.js';
import { isSignedEdition, readSignedEdition } from '../../signed/signed-edition.js';
import type { ChannelBundle } from '../channel/channel.js';

export interface RequireContentOptions {
  readonly keys: Pick<UplinkKeys, 'publisherKey' | 'publisher'>;
  readonly crypto: Crypto;
  /** Unix time in milliseconds. */
  readonly now: number;
}

/**
 * Demands at the start that there is something to send at each path, unless the channel says that it may come later: a
 * mistyped path would be silence on the air.
 *
 * @throws CliError that says of each bundle what is wrong with its content
 */
export async function requireContent(
  bundles: readonly ChannelBundle[],
  options: RequireContentOptions,
): Promise<void> {
  const problems: string[] = [];
  for (const bundle of bundles) {
    const { name, optional = false, rules } = bundle;
    if (optional || (rules.expires !== undefined && rules.expires <= options.now)) continue;
    await look(bundle, options).catch((error: unknown) => problems.push(`${name}: ${describeError(error)}`));
  }
  if (problems.length === 0) return;
  throw new CliError(
    `${problems.join('\n')}\nNothing is sent. To begin without such content, and to send it when it is there, write "optional: true" for its bundle in a channel file.`,
  );
}

async function look(bundle: ChannelBundle, { keys, crypto }: RequireContentOptions): Promise<void> {
  const { path } = bundle;
  if (await isSignedEdition(path)) {
    await readSignedEdition(path, keys.publisherKey, crypto);
    return;
  }
  await walk(path, bundle);
  if (keys.publisher === undefined) throw new EncodeError(describeUnsigned(path));
}

/** Content that nobody has signed, where nobody can sign. */
export function describeUnsigned(path: string): string {
  return `${path} is no signed edition, and publisher.key was not read at the start. Put an edition from "datacast sign" there; or start again with the publisher's key in the key directory.`;
}
