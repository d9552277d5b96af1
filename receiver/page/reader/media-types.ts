const TYPES: Readonly<Record<string, string>> = {
  'text/html': 'html htm xhtml',
  'text/css': 'css',
  'text/plain': 'txt md csv tsv log json xml yaml yml srt ics',
  'text/vtt': 'vtt',
  'image/jpeg': 'jpg jpeg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/bmp': 'bmp',
  'image/x-icon': 'ico',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg oga opus',
  'audio/mp4': 'm4a m4b',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
  'audio/wav': 'wav',
  'video/mp4': 'mp4 m4v',
  'video/webm': 'webm',
  'video/ogg': 'ogv',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/3gpp': '3gp',
  'application/pdf': 'pdf',
};

const TYPE_OF = new Map(
  Object.entries(TYPES).flatMap(([type, list]) =>
    list.split(' ').map((extension) => [extension, type] as const),
  ),
);

/** The media type of a file by its extension; a name without one is that of a text, as in `classOf` of codecs/edition. */
export function mediaTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return 'text/plain';
  return TYPE_OF.get(name.slice(dot + 1).toLowerCase()) ?? 'application/octet-stream';
}
