/** Engines as they are, with a meter on each thread: what admission goes by. */
import type { DialogueEngine, Recognizer, Synthesizer } from '#pipeline/ports.ts';
import type { LoadMeter } from './load-meter.ts';

/** Work in advance (`background`) gives way to every call and is no load. */
export function meteredRecognizer(recognizer: Recognizer, meter: LoadMeter): Recognizer {
  return {
    name: recognizer.name,
    canScore: recognizer.canScore,
    async transcribe(utterance, opts) {
      using _job = opts.priority === 'background' ? undefined : meter.begin();
      return await recognizer.transcribe(utterance, opts);
    },
    async score(utteranceId, phrases, opts) {
      using _job = opts.priority === 'background' ? undefined : meter.begin();
      return await recognizer.score(utteranceId, phrases, opts);
    },
  };
}

/** A consumer that takes its time over a chunk does not make the engine busy: chunks are not held back. */
export function meteredSynthesizer(synthesizer: Synthesizer, meter: LoadMeter): Synthesizer {
  return {
    sampleRateHz: synthesizer.sampleRateHz,
    synthesize: (text, opts) =>
      opts.priority === 'background'
        ? synthesizer.synthesize(text, opts)
        : metered(synthesizer.synthesize(text, opts), meter),
  };
}

export function meteredDialogue(dialogue: DialogueEngine, meter: LoadMeter): DialogueEngine {
  return { reply: (request, opts) => metered(dialogue.reply(request, opts), meter) };
}

/** Busy while the next chunk is waited for. */
async function* metered<T>(chunks: AsyncIterable<T>, meter: LoadMeter): AsyncGenerator<T> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const job = meter.begin();
      const next = await iterator.next().finally(() => job[Symbol.dispose]());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.(undefined);
  }
}
