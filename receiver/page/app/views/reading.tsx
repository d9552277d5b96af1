import { useEffect, useState } from 'preact/hooks';
import { type Media, mediaOf } from '../media.js';
import { DocumentFrame } from './document-frame.js';
import type { ViewProps } from './view-props.js';

type Props = ViewProps & { readonly bundle: string; readonly path: string };

/** A file of a bundle, as it is read, seen or heard. */
export function Reading(props: Props) {
  const { state, actions, words, bundle, path } = props;
  const isThere = state.files?.entries.some((entry) => entry.path === path) ?? false;
  const file = useFile(props, isThere);
  if (state.files === undefined) return <p role="status">{words.starting}</p>;
  if (!isThere) return <p class="card">{words.notHere}</p>;
  const media = mediaOf(path);
  const save = (
    <button type="button" onClick={() => actions.saveFile(bundle, path)}>
      {words.saveFile}
    </button>
  );
  if (file === undefined) return <p role="status">{words.starting}</p>;
  if (media === 'document') return <DocumentFrame {...props} file={file} />;
  return (
    <section class="card media">
      <h2>
        <bdi>{path}</bdi>
      </h2>
      <MediaView media={media} file={file} path={path} words={words} />
      <p class="buttons">{save}</p>
    </section>
  );
}

/** The file of the path, once it is there. */
function useFile({ actions, bundle, path }: Props, isThere: boolean): Blob | undefined {
  const [file, setFile] = useState<{ path: string; content: Blob } | undefined>();
  useEffect(() => {
    let isWanted = true;
    if (isThere) {
      void actions.file(bundle, path).then((content) => {
        if (isWanted && content !== undefined) setFile({ path, content });
      });
    }
    return () => {
      isWanted = false;
    };
  }, [bundle, path, isThere]);
  return file?.path === path ? file.content : undefined;
}

interface MediaProps extends Pick<ViewProps, 'words'> {
  readonly media: Media;
  readonly file: Blob;
  readonly path: string;
}

function MediaView({ media, file, path, words }: MediaProps) {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  if (url === '') return null;
  if (media === 'picture') return <img src={url} alt={path} />;
  // biome-ignore lint/a11y/useMediaCaption: captions are for the publisher to make
  if (media === 'film') return <video src={url} controls aria-label={path} />;
  // biome-ignore lint/a11y/useMediaCaption: captions are for the publisher to make
  if (media === 'sound') return <audio src={url} controls aria-label={path} />;
  return <p>{words.notShown}</p>;
}
