/** Whisper with its real weights keeps the contract of every Recognizer: `npm test` pulls them first. */
import { describe, expect, it } from 'vitest';
import { openLocalModels } from '#models/catalogue.ts';
import { WhisperEngine } from '#pipeline/recognition/whisper-engine.ts';
import { renderWhole } from '#pipeline/speech/telephone-rendering.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { recognizerContract } from '../contract/recognizer-contract.ts';

const PHRASES = ['Mushonga unoita marii?', 'Mhoroi.', 'Ndingawana sei chitupa chekuberekwa?'] as const;
const { signal } = new AbortController();

async function openWhisper(): Promise<WhisperEngine> {
  const { files } = await (await openLocalModels()).open('whisper-base');
  return WhisperEngine.create({
    encoderPath: files['encoder'] ?? '',
    decoderPath: files['decoder'] ?? '',
    scorerPath: files['scorer'] ?? '',
    tokenizerPath: files['tokenizer'] ?? '',
    language: 'sn',
  });
}

async function say(text: string): Promise<Int16Array> {
  const { files } = await (await openLocalModels()).open('piper-joe');
  const voice = await VitsEngine.create({
    kind: 'piper',
    modelPath: files['model'] ?? '',
    configPath: files['config'] ?? '',
  });
  const pcm = await renderWhole(voice, text, { signal });
  await voice.dispose();
  return pcm;
}

describe('WhisperEngine', () => {
  recognizerContract(async () => {
    const recognizer = await openWhisper();
    return {
      recognizer,
      pcm: await say(PHRASES[0]),
      phrases: PHRASES,
      run: (work) => work,
      close: () => recognizer.dispose(),
    };
  });

  it('forgets the oldest of more utterances than it keeps, and says so', async () => {
    const engine = await openWhisper();
    const pcm = new Int16Array(4000);
    for (let n = 1; n <= 5; n++) await engine.transcribe({ id: `u#${n}`, pcm, sampleRateHz: 8000 }, { signal });
    await expect(engine.score('u#1', ['Mhoroi.'], { signal })).rejects.toMatchObject({
      code: 'INZWA_UTTERANCE_FORGOTTEN',
    });
    expect(await engine.score('u#2', ['Mhoroi.'], { signal })).toHaveLength(1);
    await engine.dispose();
  });
});
