/** Loads and warms the engines of one worker and names what they can do. Runs inside the worker only. */
import { LlamaEngine } from '../dialogue/llama-engine.ts';
import type { Recognizer } from '../ports.ts';
import { CtcEngine } from '../recognition/ctc-engine.ts';
import { WhisperCppEngine } from '../recognition/whisper-cpp-engine.ts';
import { SileroEngine } from '../listening/silero.ts';
import { WhisperEngine } from '../recognition/whisper-engine.ts';
import { VitsEngine } from '../speech/vits-engine.ts';
import { replyWhenLoaded, tellOutcome } from './late-reply.ts';
import type {
  EngineFacts,
  EngineMethod,
  EngineMethods,
  EngineNews,
  EngineSpec,
  LlamaSpec,
  RecognizerSpec,
} from './protocol.ts';

export interface EngineCall {
  readonly signal: AbortSignal;
  readonly onChunk: (chunk: unknown) => void;
}

export type EngineHandler = (args: unknown, call: EngineCall) => Promise<unknown>;

export interface LoadedEngines {
  readonly handlers: Partial<Record<EngineMethod, EngineHandler>>;
  readonly facts: Omit<EngineFacts, 'loadMs'>;
  readonly dispose: () => Promise<void>;
}

/** Resolves when calls can be taken; `tell` hears later of the engine that calls do not wait for. */
export function loadEngines(spec: EngineSpec, tell: (news: EngineNews) => void): Promise<LoadedEngines> {
  return spec.role === 'ear' ? loadEar(spec) : loadMouth(spec, tell);
}

async function loadEar(spec: Extract<EngineSpec, { role: 'ear' }>): Promise<LoadedEngines> {
  const silero = await SileroEngine.create(spec.vad.modelPath);
  const recognizer = spec.recognizer && (await openRecognizer(spec.recognizer));
  return {
    handlers: {
      'vad.score': handler<'vad.score'>(({ callId, window }) => silero.score(callId, window)),
      'vad.reset': handler<'vad.reset'>(({ callId }) => {
        silero.reset(callId);
        return Promise.resolve(null);
      }),
      ...(recognizer && {
        'asr.transcribe': handler<'asr.transcribe'>(({ utterance, options }, { signal }) =>
          recognizer.transcribe(utterance, { ...options, signal }),
        ),
        'asr.score': handler<'asr.score'>(({ utteranceId, phrases }, { signal }) =>
          recognizer.score(utteranceId, phrases, { signal }),
        ),
      }),
    },
    facts: recognizer ? { recognizer: { name: recognizer.name, canScore: recognizer.canScore } } : {},
    dispose: async () => {
      await Promise.all([silero.dispose(), recognizer?.dispose()]);
    },
  };
}

/** One thread each, whatever the machine has: the sum over all engines must not exceed its cores. */
async function openRecognizer(spec: RecognizerSpec): Promise<Recognizer & { dispose(): Promise<void> }> {
  switch (spec.kind) {
    case 'whisper': {
      const whisper = await WhisperEngine.create({ ...spec, threads: 1 });
      await whisper.warmUp();
      return whisper;
    }
    case 'whisper-cpp':
      // Not warmed: it has nothing to allocate beforehand, and its shortest run takes as long as its longest.
      return WhisperCppEngine.create({ ...spec, threads: 1 });
    case 'ctc': {
      const ctc = await CtcEngine.create({ ...spec, threads: 1 });
      await ctc.warmUp();
      return ctc;
    }
  }
}

async function loadMouth(
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

/** The protocol's types at the one place where they meet the wire's `unknown`: the sender is EngineWorker, which is typed. */
function handler<M extends EngineMethod>(
  run: (args: EngineMethods[M]['args'], call: EngineCall) => Promise<EngineMethods[M]['value']>,
): EngineHandler {
  return (args, call) => run(args as EngineMethods[M]['args'], call);
}

async function pour(chunks: AsyncIterable<unknown>, { onChunk }: EngineCall): Promise<null> {
  for await (const chunk of chunks) onChunk(chunk);
  return null;
}
