/** A byte-level BPE of 96 ids in Hugging Face's form, for models of 96 tokens. */
export const VOCABULARY = 96;
export const END_OF_TEXT = 80;

const LETTERS = Array.from('Ġabcdefghijklmnopqrstuvwxyz.,?!\'-"#()*+/:;<=>@[]^_`{|}~0123456789');
const MERGES = ['v u', 'r a', 'vu ra', 'Ġ vura', 'i n', 'in o', 'Ġ ino', 'm vura'];
const SPECIAL = ['endoftext', 'startoftranscript', 'en', 'sn', 'transcribe', 'startofprev', 'nospeech', 'notimestamps'];

export function tinyTokenizerJson(): string {
  const pieces = [...LETTERS, ...MERGES.map((merge) => merge.replace(' ', ''))];
  if (pieces.length > END_OF_TEXT) throw new RangeError(`${pieces.length} pieces`);
  return JSON.stringify({
    model: { vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])), merges: MERGES },
    added_tokens: SPECIAL.map((name, i) => ({ id: END_OF_TEXT + i, content: `<|${name}|>` })),
  });
}
