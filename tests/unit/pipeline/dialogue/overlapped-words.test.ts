import { describe, expect, it } from 'vitest';
import { Answerer, type DialogueState } from '#pipeline/dialogue/answerer.ts';
import { Hearing } from '#pipeline/dialogue/answerer-hearing.ts';
import { OverlappedWords } from '#pipeline/dialogue/overlapped-words.ts';
import type { Recognizer, Utterance } from '#pipeline/ports.ts';
import type { OverlapWords } from '#pipeline/turn/overlap-verdict.ts';
import { loadHotline } from '#prompts/load.ts';
import { ScriptedRecognizer, type ScriptedRecognizerOptions } from '../../../support/scripted-models.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const hotline = loadHotline('kiriniki');
const { backchannel, interrupt } = hotline.pack.classes;
const utterance: Utterance = { id: 'CA1#under-1', pcm: new Int16Array(4_000), sampleRateHz: 8_000 };
const IDLE: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };
const ASKED: DialogueState = { ...IDLE, expects: 'yes-no' };
const { signal } = new AbortController();

function recognizerOf(options: Partial<ScriptedRecognizerOptions>): ScriptedRecognizer {
  return new ScriptedRecognizer({ clock: new VirtualClock(), heard: [], transcribeMs: 0, scoreMs: 0, ...options });
}

function weigh(recognizer: Recognizer, { state = IDLE, isWhole = true } = {}): Promise<OverlapWords> {
  const hearing = new Hearing({ hotline, recognizer, answerer: new Answerer(hotline) });
  return new OverlappedWords({ hotline, recognizer, hearing }).weigh(utterance, state, { signal, isWhole });
}

describe('words under the agent’s speech', () => {
  it('are held against those of listening and those of stopping, by the audio alone', async () => {
    const likely =
      (word: string) =>
      (_: string, phrase: string): number =>
        phrase === word ? -2 : -5;
    const listening = recognizerOf({ score: likely(backchannel.forms[2]!) });
    expect(await weigh(listening)).toEqual({ margin: -3, isAnswer: false });
    expect(listening.askedClosed).toHaveLength(1);
    const stopping = recognizerOf({ score: likely(interrupt.forms[1]!) });
    expect(await weigh(stopping)).toEqual({ margin: 3, isAnswer: false });
  });

  it('are believed as written where the recogniser gives no likelihoods', async () => {
    const written = (text: string): Recognizer =>
      Object.defineProperty(recognizerOf({ heardClosed: () => text }), 'canScore', { value: false });
    expect((await weigh(written('Mirai!'))).margin).toBeGreaterThan(1);
    expect((await weigh(written('hongu'))).margin).toBeLessThan(-1);
    expect((await weigh(written(''))).margin).toBe(0);
  });

  it('are an answer where the agent has asked for a yes or no, once they are over', async () => {
    const heard = ['Hongu'];
    expect(await weigh(recognizerOf({ heard }), { state: ASKED })).toMatchObject({ isAnswer: true });
    expect(await weigh(recognizerOf({ heard }), { state: ASKED, isWhole: false })).toMatchObject({ isAnswer: false });
  });

  it('are none when they are neither yes nor no, and then no second look at the audio is needed', async () => {
    const recognizer = recognizerOf({ heard: [{ text: '', doubt: 'no-speech' }] });
    expect(await weigh(recognizer, { state: ASKED })).toMatchObject({ isAnswer: false });
    expect(recognizer.askedClosed).toHaveLength(0);
  });
});
