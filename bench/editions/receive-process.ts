/**
 * A receiver of a recording in a process of its own, made of the engine and the output directory as `datacast-receive` is.
 *
 * Arguments: the recording, the publisher's public key file, the output directory, a directory for temporary files.
 */

import { limitOldMemory, limitYoungMemory } from '../../codecs/node/heap-limits.js';

limitYoungMemory();
limitOldMemory();
await import('./receive-recording.js');
