/** How a file is shown. */
export type Media = 'document' | 'picture' | 'sound' | 'film' | 'none';

const EXTENSIONS: Readonly<Record<Exclude<Media, 'none'>, string>> = {
  document: 'html htm xhtml txt md',
  picture: 'jpg jpeg png gif webp avif svg bmp ico',
  sound: 'mp3 ogg oga opus m4a aac flac wav',
  film: 'mp4 m4v webm ogv mov',
};

/** By the extension of the name. */
export function mediaOf(path: string): Media {
  const extension = /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? 'txt';
  for (const [media, list] of Object.entries(EXTENSIONS)) {
    if (list.split(' ').includes(extension)) return media as Media;
  }
  return 'none';
}
