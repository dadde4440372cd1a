/** The mouth's thread: synthesis, and the language model once it is loaded. */
import { LlamaEngine } from '../dialogue/llama-engine.ts';
import { VitsEngine } from '../speech/vits-engine.ts';
import { handler, type EngineCall, type EngineHandler, type LoadedEngines } from './engine-handlers.ts';
import { replyWhenLoaded, tellOutcome } from './late-reply.ts';
import type { EngineMethod, EngineNews, EngineSpec, LlamaSpec } from './protocol.ts';

export async function loadMouth(
  spec: Extract<EngineSpec, { role: 'mouth' }>,
  tell: (news: EngineNews) => void,
): Promise<LoadedEngines> {
  const vits = await VitsEngine.create({ ...spec.vits, threads: 1 });
  await vits.warmUp();
  // Cards are answered without it, so calls are taken while it loads; a reply that comes first waits for it.
  const llama = spec.llama && openLlama(spec.llama);
  const handlers: Partial<Record<EngineMethod, EngineHandler>> = {
    'tts.synthesize': handler<'tts.synthesize'>(({ text, speakingRate }, call) =>
      pour(vits.synthesize(text, { signal: call.signal, speakingRate }), call),
    ),
  };
  if (llama) {
    void tellOutcome(llama, tell);
    handlers['llm.reply'] = handler<'llm.reply'>((request, call) => pour(replyWhenLoaded(llama, request, call), call));
  }
  return {
    handlers,
    facts: { sampleRateHz: vits.sampleRateHz },
    dispose: async () => {
      const opened = await llama?.catch(() => undefined);
      await Promise.all([vits.dispose(), opened?.[Symbol.asyncDispose]()]);
    },
  };
}

async function openLlama(spec: LlamaSpec): Promise<LlamaEngine> {
  const llama = await LlamaEngine.create({ ...spec, threads: 1 });
  await llama.warmUp();
  return llama;
}

async function pour(chunks: AsyncIterable<unknown>, { onChunk }: EngineCall): Promise<null> {
  for await (const chunk of chunks) onChunk(chunk);
  return null;
}
