import { useEffect, useState } from 'preact/hooks';
import { mediaTypeOf, safePicture } from '../../reader/index.js';
import { DocumentFrame } from './document-frame.js';
import type { ViewProps } from './view-props.js';

type Props = ViewProps & { readonly bundle: string; readonly path: string; readonly fragment: string };

/** A file of a bundle, as it is read, seen or heard. */
export function Reading(props: Props) {
  const { state, actions, words, bundle, path } = props;
  const isThere = state.files?.entries.some((entry) => entry.path === path) ?? false;
  const file = useFile(props, isThere);
  if (state.files === undefined) return <p role="status">{words.starting}</p>;
  if (!isThere) return <p class="card">{isStillToCome(props) ? words.notHere : words.notInEdition}</p>;
  const isFailed = state.engine?.failure !== undefined;
  if (file === undefined) return <p role="status">{isFailed ? words.failed : words.starting}</p>;
  const [kind] = mediaTypeOf(path).split('/');
  return (
    <>
      <div class="bar">
        <p class="path">
          <bdi>{path}</bdi>
        </p>
        <button type="button" class="quiet" onClick={() => actions.saveFile(bundle, path)}>
          {words.saveFile}
        </button>
      </div>
      {kind === 'text' ? (
        <DocumentFrame {...props} file={file} />
      ) : (
        <div class="card media">
          <MediaView kind={kind!} file={file} path={path} words={words} />
        </div>
      )}
    </>
  );
}

/** A part that is missing may have it; its label is the directory of all that is in it. */
function isStillToCome({ state, bundle, path }: Props): boolean {
  const parts = state.engine?.bundles.find(({ key }) => key === bundle)?.parts ?? [];
  return parts.some(({ state, label }) => state !== 'there' && (label === '/' || path.startsWith(label)));
}

/** The file of the path, once it is there. */
function useFile({ actions, bundle, path }: Props, isThere: boolean): Blob | undefined {
  const [file, setFile] = useState<{ readonly key: string; readonly content: Blob } | undefined>();
  const key = `${bundle} ${path}`;
  useEffect(() => {
    let isWanted = true;
    if (isThere) {
      void actions.file(bundle, path).then((content) => {
        if (isWanted && content !== undefined) setFile({ key, content });
      });
    }
    return () => {
      isWanted = false;
    };
  }, [key, isThere]);
  return file?.key === key ? file.content : undefined;
}

interface MediaProps extends Pick<ViewProps, 'words'> {
  /** The first word of a media type. */
  readonly kind: string;
  readonly file: Blob;
  readonly path: string;
}

/** Pictures are as dangerous here as they are in a page. */
async function showable(kind: string, file: Blob, path: string): Promise<Blob | undefined> {
  const type = mediaTypeOf(path);
  return kind === 'image' ? (await safePicture(file, type))?.blob : file.slice(0, file.size, type);
}

function MediaView({ kind, file, path, words }: MediaProps) {
  /** Empty: nothing of it may be shown. */
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    let made: string | undefined;
    let isWanted = true;
    void showable(kind, file, path).then((content) => {
      if (!isWanted) return;
      made = content && URL.createObjectURL(content);
      setUrl(made ?? '');
    });
    return () => {
      isWanted = false;
      if (made !== undefined) URL.revokeObjectURL(made);
    };
  }, [file]);
  if (url === undefined) return null;
  if (url === '') return <p>{words.notShown}</p>;
  if (kind === 'image') return <img src={url} alt={path} />;
  // biome-ignore lint/a11y/useMediaCaption: captions are for the publisher to make
  if (kind === 'video') return <video src={url} controls aria-label={path} onError={() => setUrl('')} />;
  // biome-ignore lint/a11y/useMediaCaption: captions are for the publisher to make
  if (kind === 'audio') return <audio src={url} controls aria-label={path} onError={() => setUrl('')} />;
  return <p>{words.notShown}</p>;
}
