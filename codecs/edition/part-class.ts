/** The kinds of content that are sent apart, in the order in which they matter unless the operator says otherwise. */
export const PART_CLASSES = ['front', 'text', 'picture', 'sound', 'film', 'other'] as const;

/** `front` is what a reader opens first, whatever it is; the others go by the extension of the name. */
export type PartClass = (typeof PART_CLASSES)[number];

const EXTENSIONS: readonly (readonly [PartClass, string])[] = [
  [
    'text',
    // pages, and what they cannot be read without
    'html htm xhtml css js mjs json xml txt md csv tsv rss atom yaml yml vtt srt ics geojson webmanifest wasm woff woff2 ttf otf',
  ],
  ['picture', 'jpg jpeg png gif webp avif svg bmp ico tif tiff heic jxl'],
  ['sound', 'mp3 ogg oga opus m4a m4b aac flac wav wma amr mid'],
  ['film', 'mp4 m4v webm mkv mov avi mpg mpeg ogv 3gp ts wmv flv'],
];

const CLASS_OF = new Map(
  EXTENSIONS.flatMap(([partClass, list]) =>
    list.split(' ').map((extension) => [extension, partClass] as const),
  ),
);

/** The class of a file that is not in the front. A name without an extension is that of a text: README, LICENSE. */
export function classOf(path: string): PartClass {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? 'text' : (CLASS_OF.get(name.slice(dot + 1).toLowerCase()) ?? 'other');
}
