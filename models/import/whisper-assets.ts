/** What whisper.cpp keeps beside the weights: the mel filters and the tokens' bytes. */
import { InzwaError } from '#kernel/errors.ts';
import { z } from 'zod';

/** Bins of a 400-point transform at 16 kHz, 40 Hz apart. */
export const FFT_BINS = 201;
const BIN_HZ = 40;

/** shape [bands, 201]: librosa's triangles with `htk=False, norm='slaney'`, up to 8 kHz. */
export function melFilters(bands: number): Float32Array {
  const top = toMel((FFT_BINS - 1) * BIN_HZ);
  const edgesHz = Array.from({ length: bands + 2 }, (_, i) => toHz((top * i) / (bands + 1)));
  const filters = new Float32Array(bands * FFT_BINS);
  for (let band = 0; band < bands; band++) {
    const [low = 0, centre = 0, high = 0] = edgesHz.slice(band, band + 3);
    for (let bin = 0; bin < FFT_BINS; bin++) {
      const hz = bin * BIN_HZ;
      const height = Math.min((hz - low) / (centre - low), (high - hz) / (high - centre));
      if (height > 0) filters[band * FFT_BINS + bin] = (2 * height) / (high - low);
    }
  }
  return filters;
}

/** Slaney's scale: 200/3 Hz per mel up to 1 kHz, then 27 mels for every factor of 6.4. */
function toMel(hz: number): number {
  return hz < 1000 ? (3 * hz) / 200 : 15 + (27 * Math.log(hz / 1000)) / Math.log(6.4);
}

function toHz(mel: number): number {
  return mel < 15 ? (200 * mel) / 3 : 1000 * 6.4 ** ((mel - 15) / 27);
}

const tokenizerFile = z.object({
  model: z.object({ vocab: z.record(z.string(), z.number().int().nonnegative()) }),
  added_tokens: z.array(z.object({ id: z.number().int(), content: z.string() })),
});

/** The bytes of every ordinary token by its id, of Hugging Face's `tokenizer.json`; throws INZWA_IMPORT_FORMAT. */
export function tokenBytes(tokenizerJson: string, label: string): readonly Uint8Array[] {
  let file: z.infer<typeof tokenizerFile>;
  try {
    file = tokenizerFile.parse(JSON.parse(tokenizerJson));
  } catch (cause) {
    throw new InzwaError('INZWA_IMPORT_FORMAT', `${label} is no tokenizer of a Whisper model: pull the model again`, {
      cause,
    });
  }
  const end = file.added_tokens.find(({ content }) => content === '<|endoftext|>')?.id;
  if (end === undefined) {
    throw new InzwaError('INZWA_IMPORT_FORMAT', `${label} has no token <|endoftext|>: it is not Whisper's`);
  }
  const pieces = Array.from({ length: end }, () => new Uint8Array(0));
  for (const [piece, id] of Object.entries(file.model.vocab)) {
    if (id < end) pieces[id] = Uint8Array.from(Array.from(piece), (char) => BYTE_OF_CHAR.get(char) ?? 0x3f);
  }
  return pieces;
}

/** Byte-level BPE writes printable bytes as themselves and the others as U+0100 and up, in order. */
const BYTE_OF_CHAR: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    map.set(String.fromCharCode(isPrintable ? byte : next++), byte);
  }
  return map;
})();
