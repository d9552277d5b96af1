import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { MAX_PROGRAMMES } from '../../../codecs/mpegts/index.js';
import { duration } from '../../../codecs/node/options.js';
import { hasUnprintable, printable } from '../../../codecs/text.js';
import {
  authDepth,
  bitRate,
  burstBytes,
  compressionLevel,
  destination,
  lossPercentage,
  mtuBytes,
  passCount,
  repairPercentage,
  serviceName,
  streamDestination,
  streamRate,
  timeToLive,
} from '../../options.js';
import { CARRIERS, SERVICES, VIDEOS } from '../../transport-stream/options.js';

/** A value read by the parser of the command line option of the same name. */
function readBy<T>(parse: (text: string) => T) {
  return z
    .union([z.string(), z.number()], { error: 'Text or a number is needed.' })
    .transform((value, context) => {
      try {
        return parse(String(value));
      } catch (error) {
        if (!(error instanceof InvalidArgumentError)) throw error;
        context.addIssue({ code: 'custom', message: error.message });
        return z.NEVER;
      }
    });
}

/** A value, or a list of such values, each read by the parser of the command line option. */
function listBy<T>(parse: (text: string) => T) {
  return z.any().transform((value: unknown, context): T[] => {
    const values = Array.isArray(value) ? value : [value];
    if (values.length === 0)
      context.addIssue({ code: 'custom', message: 'The list is empty.', input: value });
    return values.flatMap((each, index) => {
      const parsed = readBy(parse).safeParse(each);
      if (parsed.success) return [parsed.data];
      const { message } = parsed.error.issues[0]!;
      const path = Array.isArray(value) ? [index] : [];
      context.addIssue({ code: 'custom', message, path, input: each });
      return [];
    });
  });
}

/** ISO 8601 with a time zone, as Unix time in milliseconds. */
const instant = z
  .string({ error: 'A time is needed, like 2026-06-01T12:00:00Z.' })
  .transform((text, context) => {
    const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text);
    const time = isInstant ? Date.parse(text) : Number.NaN;
    if (!Number.isNaN(time) && isCalendarDay(text.slice(0, 10))) return time;
    const message = 'A time with its zone is needed, like 2026-06-01T12:00:00Z or 2026-06-01T14:00:00+02:00.';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** `Date.parse` takes the 30th of February for the 2nd of March. */
const isCalendarDay = (day: string) => new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);

/** What can stand in a signature's comment and in a receiver's file name. */
const name = z
  .string({ error: 'A name is needed, in quotes when it is a number.' })
  .regex(/^\S.{0,199}$/su, 'A name has 1 to 200 characters.')
  .refine((text) => !hasUnprintable(text), {
    error: ({ input }) => `A name has no character that cannot be seen: ${printable(String(input))}`,
  })
  .refine(
    (text) => text === text.normalize('NFC').trim(),
    'A name has no space at its ends and is in Unicode NFC.',
  );

const order = z.enum(['mixed', 'sequence'], { error: 'An order is mixed or sequence.' });
const globs = z
  .array(
    z.string({ error: 'A pattern is text, like index.html or "news/**".' }).min(1, 'A pattern is empty.'),
    {
      error: 'A list of patterns is needed, like [index.html, "news/**"].',
    },
  )
  .min(1, 'There is no pattern.');

const flag = z.boolean({ error: 'true or false is needed.' });

const MIN_WEIGHT = 0.001;
const MAX_WEIGHT = 1_000_000;

const weight = z
  .number({ error: 'A number is needed.' })
  .min(MIN_WEIGHT, `A weight is ${MIN_WEIGHT} or more.`)
  .max(MAX_WEIGHT, `A weight is ${MAX_WEIGHT} at most.`);

const contentPath = z
  .string({ error: 'The path of a directory or file is needed.' })
  .min(1, 'The path is empty.')
  .refine((path) => !path.includes('\0'), 'No path has a null character.');

const bundle = z.strictObject(
  {
    name,
    path: contentPath,
    optional: z.boolean({ error: 'It is true or false.' }).optional(),
    weight: weight.optional(),
    level: readBy(compressionLevel).optional(),
    first: globs.optional(),
    exclude: globs.optional(),
    'follow-links': flag.optional(),
    order: order.optional(),
    'front-interval': readBy(duration).optional(),
    repair: readBy(repairPercentage).optional(),
    'expect-loss': readBy(lossPercentage).optional(),
    start: instant.optional(),
    expires: instant.optional(),
    passes: readBy(passCount).optional(),
    every: readBy(duration).optional(),
    pause: readBy(duration).optional(),
  },
  { error: 'Settings of a bundle are needed, like name and path.' },
);

const bundles = z.array(bundle, { error: 'A list of bundles is needed.' }).min(1, 'There is no bundle.');

const slate = z.string({ error: 'The path of a picture or film is needed.' }).min(1).optional();
const slateText = z.string({ error: 'Text is needed.' }).optional();

const programme = z.strictObject(
  {
    name: readBy(serviceName),
    weight: weight.optional(),
    slate,
    'slate-text': slateText,
    bundles,
  },
  { error: 'Settings of a programme are needed, like name and bundles.' },
);

const transportStream = z.strictObject(
  {
    to: listBy(streamDestination),
    rate: readBy(streamRate),
    service: z.enum(SERVICES, { error: `A service is one of ${SERVICES.join(', ')}.` }).optional(),
    name: readBy(serviceName).optional(),
    video: z.enum(VIDEOS, { error: 'A video is h264 or mpeg2.' }).optional(),
    carrier: z.enum(CARRIERS, { error: 'A carrier is video or subtitles.' }).optional(),
    slate,
    'slate-text': slateText,
  },
  { error: 'Settings of a transport stream are needed, like to and rate.' },
);

/** A channel file as it is written. */
export const channelSchema = z.strictObject(
  {
    dest: listBy(destination).optional(),
    rate: readBy(bitRate).optional(),
    ts: transportStream.optional(),
    iface: z.string({ error: 'The address of a network interface is needed.' }).optional(),
    ttl: readBy(timeToLive).optional(),
    mtu: readBy(mtuBytes).optional(),
    'auth-depth': readBy(authDepth).optional(),
    burst: readBy(burstBytes).optional(),
    'fdt-interval': readBy(duration).optional(),
    first: globs.optional(),
    exclude: globs.optional(),
    'follow-links': flag.optional(),
    order: order.optional(),
    'front-interval': readBy(duration).optional(),
    watch: readBy(duration).optional(),
    settle: readBy(duration).optional(),
    bundles: bundles.optional(),
    programmes: z
      .array(programme, { error: 'A list of programmes is needed.' })
      .min(1, 'There is no programme.')
      .max(MAX_PROGRAMMES, `A stream has ${MAX_PROGRAMMES} programmes at most.`)
      .optional(),
  },
  { error: 'Settings are needed, like "dest: 239.255.0.1:4001" (YAML).' },
);

export type ChannelText = z.infer<typeof channelSchema>;
export type BundleText = z.infer<typeof bundle>;
export type ProgrammeText = z.infer<typeof programme>;
