/** The recogniser's thread. */
import type { Recognizer } from '../ports.ts';
import { CtcEngine } from '../recognition/ctc-engine.ts';
import { WhisperCppEngine } from '../recognition/whisper-cpp-engine.ts';
import { WhisperEngine } from '../recognition/whisper-engine.ts';
import { handler, type LoadedEngines } from './engine-handlers.ts';
import type { RecognizerSpec } from './protocol.ts';

export async function loadRecognizer(spec: RecognizerSpec): Promise<LoadedEngines> {
  const recognizer = await openRecognizer(spec);
  const { name, canScore } = recognizer;
  return {
    handlers: {
      'asr.transcribe': handler<'asr.transcribe'>(({ utterance, options }, { signal }) =>
        recognizer.transcribe(utterance, { ...options, signal }),
      ),
      'asr.score': handler<'asr.score'>(({ utteranceId, phrases }, { signal }) =>
        recognizer.score(utteranceId, phrases, { signal }),
      ),
    },
    facts: { recognizer: { name, canScore } },
    dispose: () => recognizer.dispose(),
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
