/** Mark a name within a sentence; no name has one of them (Unicode UAX #9 section 2.4.2). */
const [BEGIN, LEFT_TO_RIGHT, END] = ['\u2068', '\u2066', '\u2069'];

/** A name as a part of a sentence, whatever direction it is written in. */
export const isolate = (name: string) => BEGIN + name + END;
/** The same for numbers in groups: in a sentence from right to left the last of them would come first. */
export const isolateNumbers = (numbers: string) => LEFT_TO_RIGHT + numbers + END;

/** A sentence, whose names change nothing in how the rest is shown. */
export function Isolated({ text }: { readonly text: string }) {
  const parts = text.split(/([\u2066\u2068][^\u2069]*)\u2069/);
  return (
    <>
      {parts.map((part) => {
        if (part.startsWith(BEGIN)) return <bdi>{part.slice(1)}</bdi>;
        return part.startsWith(LEFT_TO_RIGHT) ? <bdi dir="ltr">{part.slice(1)}</bdi> : part;
      })}
    </>
  );
}
