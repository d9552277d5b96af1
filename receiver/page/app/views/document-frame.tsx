import { useEffect, useState } from 'preact/hooks';
import type { ViewProps } from './view-props.js';

type Props = ViewProps & { readonly bundle: string; readonly path: string; readonly file: Blob };

/** A page or a text of an edition, in a frame where nothing runs. */
export function DocumentFrame({ file, words }: Props) {
  const [html, setHtml] = useState<string | undefined>();
  useEffect(() => {
    void file.text().then(setHtml);
  }, [file]);
  if (html === undefined) return <p role="status">{words.starting}</p>;
  return <iframe class="document" title={words.document} sandbox="" srcdoc={html} />;
}
