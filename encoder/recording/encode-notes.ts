import { SELECTION_NOTES } from '../content/selection-options.js';
import { KEY_FILES } from '../keys/keys.js';
import { PASSWORD_VARIABLE } from '../keys/password.js';

/** Independent loss that the repair is made for unless something else is asked for. */
export const DEFAULT_LOSS = 0.1;

/** What `datacast encode --help` says below the options. */
export const NOTES = `
Without --repair and --expect-loss there are repair symbols for an independent loss of ${100 * DEFAULT_LOSS} %. Bursts are spread over all
source blocks. With long fades, use the mean loss of the whole transmission, or "datacast plan".

The content is cut into parts, each of which can be read by itself when it is complete: first the front, then text, pictures,
sound and film. With --order sequence they are sent in this order, three at a time, so that the first half of a recording gives
the first half of the content. With --order mixed they are all complete at about the same time; that suits recordings which
are played again and again for receivers that begin anywhere.

The sequence number tells receivers which of two editions is newer. They refuse a lower number than they have seen. By
default it is the time in seconds, and higher than the last one, which is kept beside the keys. A clock that seems wrong
(a month later than the last edition, a day before it) is not believed: then give --sequence.

PATH may be a signed edition, a directory made by "datacast sign". It is checked, and sent as it is; ${KEY_FILES.publisherSecret} need
not be there. To sign on another machine is safer: whoever breaks into this one can sign whatever he likes.

${SELECTION_NOTES}

If ${KEY_FILES.publisherSecret} has a password, the program asks for it on the terminal, or takes it from the environment variable
${PASSWORD_VARIABLE}, or reads it from a file descriptor with --password-fd. Checking it takes some seconds and, for this time, 1 GiB of memory.

Examples:
  A directory that receivers rebuild when a quarter of the datagrams is lost:
    datacast encode news --keys keys --out news.pcap --expect-loss 25
  The airtime at 64 kbit/s with half as many repair symbols as source symbols:
    datacast encode news --keys keys --out news.pcap --repair 50 --rate 64k
  The start page, its style and today's news before everything else:
    datacast encode news --keys keys --out news.pcap --first index.html --first '*.css' --first 'today/**'
  A transport stream of 1 Mbit/s for a DVB modulator, filled with the content:
    datacast encode news --keys keys --out news.ts --ts-rate 1M
  A television service of 4 Mbit/s, which ordinary set-top boxes record to a memory stick:
    datacast encode news --keys keys --out news.ts --ts-rate 4M --ts-service tv --slate-text 'Record for 30 minutes'
  To another program, without a file:
    datacast encode news --keys keys --out - | zstd > news.pcap.zst
  For receivers without a code that know only the older version of FLUTE:
    datacast encode news --keys keys --out news.pcap --fec no-code --flute-version 1

Exit codes: 0 done, 1 failed, 2 wrong command line.`;
