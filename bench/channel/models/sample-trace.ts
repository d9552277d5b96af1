import { createPrng } from '../../../fixtures/prng.js';
import { formatTrace } from './format-trace.js';
import { createLossModel } from './spec.js';
import { parseChannelSpec } from './spec-text.js';

const CHANNEL = 'gilbert-elliott:loss=5%,burst=8+bernoulli:loss=1%';
const SEED = 1;
const DATAGRAMS = 5000;

const HEADER = `# A loss trace as an example of the format, for datacast-bench channel --channel trace:path=FILE.
# Synthetic: no channel was measured. It is what the models
#   ${CHANNEL}
# did to ${DATAGRAMS} datagrams with seed ${SEED}; fixtures/channel/sample-trace.ts makes it.
#
# Runs of datagrams in the order of sending. The other form is a line of 0 (received) and 1 (lost) for each datagram.
`;

/** The text of fixtures/channel/sample-trace.txt. */
export function sampleTrace(): string {
  const isLost = createLossModel(parseChannelSpec(CHANNEL), createPrng(SEED));
  return HEADER + formatTrace(Array.from({ length: DATAGRAMS }, () => isLost({ length: 1472 })));
}
