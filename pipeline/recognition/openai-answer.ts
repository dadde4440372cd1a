/** Reads what a server with the OpenAI transcription interface answers. */
import { z } from 'zod';

/** Segments tell how sure the server is; some servers leave the numbers out, some write null. */
const segmentSchema = z.object({
  text: z.string().default(''),
  tokens: z.array(z.unknown()).nullish(),
  avg_logprob: z.number().nullish(),
  no_speech_prob: z.number().nullish(),
});

const answerSchema = z.object({ text: z.string(), segments: z.array(segmentSchema).nullish().catch(undefined) });

export interface OpenAiAnswer {
  readonly text: string;
  /** Over the tokens of all segments; undefined when a segment has none. */
  readonly avgLogProb: number | undefined;
  /** Of the first segment, as it stands for the start of the audio; undefined when it has none. */
  readonly noSpeechProb: number | undefined;
}

/** Undefined when it is no transcript. */
export function readAnswer(body: string): OpenAiAnswer | undefined {
  const parsed = answerSchema.safeParse(parseOrUndefined(body));
  if (!parsed.success) return undefined;
  const { text } = parsed.data;
  const segments = parsed.data.segments ?? [];
  const [first] = segments;
  const probability = first?.no_speech_prob ?? undefined;
  return {
    text,
    avgLogProb: meanOf(segments),
    noSpeechProb: probability !== undefined && probability >= 0 && probability <= 1 ? probability : undefined,
  };
}

function meanOf(segments: readonly z.infer<typeof segmentSchema>[]): number | undefined {
  let sum = 0;
  let tokens = 0;
  for (const segment of segments) {
    const value = segment.avg_logprob;
    if (typeof value !== 'number' || value > 0) return undefined;
    // The end of the segment is a token as well; without a list of tokens characters weigh.
    const weight = (segment.tokens?.length ?? segment.text.length) + 1;
    sum += value * weight;
    tokens += weight;
  }
  return tokens === 0 ? undefined : sum / tokens;
}

function parseOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
