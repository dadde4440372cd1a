import { describe, expect, it, vi } from 'vitest';
import { Hearing } from '#pipeline/dialogue/answerer-hearing.ts';
import { Answerer, type DialogueState } from '#pipeline/dialogue/answerer.ts';
import type { Recognizer, Transcript, TranscribeOptions, Utterance } from '#pipeline/ports.ts';
import { fixedTexts } from '#pipeline/dialogue/hotline.ts';
import { UNRATED_LOG_PROB } from '#pipeline/recognition/plain-transcript.ts';
import { loadHotline } from '#prompts/load.ts';

const hotline = loadHotline('kiriniki');
const answerer = new Answerer(hotline);
const FRESH: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };
const UNREADABLE = 'Ningo H. Tupachikeye kwa.';
const SAID = 'Ndingawana sei chitupa chekuberekwa?';
const { signal } = new AbortController();
/** Mean of the phrases without a baseline, times its share: what makes a lift of a score. */
const LIFT = 0.6 * -7.1;

class Ear implements Recognizer {
  readonly name = 'ear';
  readonly canScore: boolean;
  readonly transcribed: TranscribeOptions[] = [];
  readonly scored: (readonly string[])[] = [];
  readonly lines: readonly (string | Pick<Transcript, 'text' | 'confidence' | 'isUnrated' | 'doubt'>)[];
  readonly #score: (phrase: string) => number;

  constructor(lines: Ear['lines'], score: (phrase: string) => number, canScore = true) {
    this.lines = lines;
    this.#score = score;
    this.canScore = canScore;
  }

  transcribe(utterance: Utterance, opts: TranscribeOptions): Promise<Transcript> {
    const line = this.lines[this.transcribed.push(opts) - 1] ?? '';
    return Promise.resolve({
      utteranceId: utterance.id,
      avgLogProb: -0.6,
      ...(typeof line === 'string' ? { text: line, confidence: 0.65 } : line),
      noSpeechProb: 0,
      window: 'short',
      audioMs: 2200,
      timings: { melMs: 0, encoderMs: 0, decoderMs: 0 },
    });
  }

  score(_: string, phrases: readonly string[]): Promise<readonly number[]> {
    this.scored.push(phrases);
    return Promise.resolve(phrases.map((phrase) => this.#score(phrase)));
  }
}

const utterance: Utterance = { id: 'call#1', pcm: new Int16Array(160), sampleRateHz: 8000 };

async function understand(ear: Ear, state = FRESH, withLexicon = true) {
  const hearing = new Hearing({ hotline, answerer, recognizer: ear, withLexicon });
  const transcript = await hearing.transcribe(utterance, state, { signal });
  return hearing.decide({ transcript, utterance, state }, { signal });
}

const only = (said: string) => (phrase: string) => LIFT + (phrase === said ? 1 : -2);

describe('asking the audio', () => {
  it('is spared where the transcript is certain', async () => {
    const ear = new Ear(['Mishonga inoita marii nhasi?'], only(SAID));
    expect(await understand(ear)).toMatchObject({ cardId: 'mutengo-wemishonga', by: 'text' });
    expect(ear.scored).toEqual([]);
  });

  it('goes on to all phrases until one is plain, and asks for none twice', async () => {
    const ear = new Ear([UNREADABLE], only(SAID));
    expect(await understand(ear)).toMatchObject({ kind: 'card', cardId: 'chitupa-chekuberekwa' });
    const asked = ear.scored.flat();
    expect(asked).toContain(SAID);
    expect(new Set(asked).size).toBe(asked.length);
    const nothing = new Ear([UNREADABLE], () => LIFT - 2);
    expect((await understand(nothing)).kind).toBe('not-understood');
    const closed = new Set(answerer.yesNo.set.texts);
    const open = answerer.phrases.filter((phrase) => !closed.has(phrase));
    expect(nothing.scored.flat()).toEqual(expect.arrayContaining(open));
    expect(asked.length).toBeLessThanOrEqual(nothing.scored.flat().length);
  });

  it('stops at the first step that is plain', async () => {
    const [near] = answerer.candidatesFor(answerer.match(UNREADABLE), 1, 2200);
    const ear = new Ear([UNREADABLE], only(near!.phrase));
    expect(await understand(ear)).toMatchObject({ kind: 'card', cardId: near!.choiceId });
    expect(ear.scored).toHaveLength(1);
  });

  it('is told, and the transcript decides, when the audio cannot be asked', async () => {
    const ear = new Ear([UNREADABLE], () => {
      throw new Error('gone');
    });
    const hearing = new Hearing({ hotline, answerer, recognizer: ear });
    const transcript = await hearing.transcribe(utterance, FRESH, { signal });
    const onFailed = vi.fn();
    const decision = await hearing.decide({ transcript, utterance, state: FRESH }, { signal, onFailed });
    expect(decision.kind).toBe('not-understood');
    expect(onFailed).toHaveBeenCalledOnce();
  });
});

describe('a recogniser that cannot be asked about the audio', () => {
  it('listens again with the nearest cards only', async () => {
    const ear = new Ear([{ text: 'Ngo tupa chekube kwa', confidence: 0.3 }, SAID], () => 0, false);
    expect(await understand(ear)).toMatchObject({ kind: 'card', cardId: 'chitupa-chekuberekwa', by: 'text' });
    expect(ear.scored).toEqual([]);
    const [first, second] = ear.transcribed;
    expect(first!.prompt).toContain('amburenzi');
    expect(second!.prompt).not.toContain('amburenzi');
    expect(second!.prompt).toContain(SAID);
  });

  it('is not believed when the second look names what the first had not', async () => {
    const ear = new Ear([UNREADABLE, 'Ndiri kukosora kwenguva refu.'], () => 0, false);
    expect((await understand(ear)).kind).toBe('not-understood');
  });
});

describe('where yes or no was asked', () => {
  const asked: DialogueState = { ...FRESH, expects: 'yes-no' };

  it('an unreadable answer is what the audio says', async () => {
    const ear = new Ear(['Ungu h'], only('hongu'));
    expect(await understand(ear, asked)).toEqual({ kind: 'intent', intent: 'yes', by: 'audio' });
  });

  it('a question is still a question', async () => {
    const ear = new Ear(['Ningo chitupachi keye kwa'], only(SAID));
    expect(await understand(ear, asked)).toMatchObject({ kind: 'card', cardId: 'chitupa-chekuberekwa' });
  });
});

it('says nothing of the lexicon without one', async () => {
  const ear = new Ear([UNREADABLE], () => LIFT - 2);
  await understand(ear, FRESH, false);
  expect(ear.transcribed).toEqual([{ signal }]);
});

describe('a recogniser that does not tell how sure it is', () => {
  it.each(['kiriniki', 'zahanati'])('answers every listed question of %s, though the prompt holds it', async (name) => {
    const listed = loadHotline(name);
    const here = new Answerer(listed);
    for (const { id, questions, isEmergency } of listed.cards) {
      for (const text of questions) {
        const ear = new Ear([{ text, confidence: Math.exp(UNRATED_LOG_PROB), isUnrated: true }], () => 0, false);
        const hearing = new Hearing({ hotline: listed, answerer: here, recognizer: ear });
        const transcript = await hearing.transcribe(utterance, FRESH, { signal });
        const decision = await hearing.decide({ transcript, utterance, state: FRESH }, { signal });
        if (!isEmergency) expect(decision, text).toMatchObject({ kind: 'card', cardId: id });
        else expect(decision, text).toMatchObject({ kind: 'intent', intent: 'emergency' });
        expect(ear.transcribed, text).toHaveLength(1);
      }
    }
  });
});

describe('the answer to a question of yes or no, where only the audio is plain', () => {
  const ASKED: DialogueState = { ...FRESH, expects: 'yes-no' };
  const ahead = (lead: number) => (phrase: string) => LIFT - (phrase === 'hongu' ? 0 : lead);

  it('is taken when its lead is plain', async () => {
    const ear = new Ear([{ text: 'Ungu h', confidence: 0.3 }], ahead(2));
    expect(await understand(ear, ASKED)).toEqual({ kind: 'intent', intent: 'yes', by: 'audio' });
  });

  it('is not taken when it would have to be read back: a yes may put the caller through', async () => {
    const ear = new Ear([{ text: 'Ungu h', confidence: 0.3 }], ahead(0.7));
    expect(await understand(ear, ASKED)).not.toMatchObject({ intent: 'yes' });
  });

  it.each(['repetitive', 'foreign-language', 'wrong-script', 'prompt-echo', 'sparse'] as const)(
    'is not taken from what is doubted as %s',
    async (doubt) => {
      const ear = new Ear([{ text: 'Ungu h', confidence: 0.3, doubt }], ahead(2));
      expect(await understand(ear, ASKED)).not.toMatchObject({ intent: 'yes' });
    },
  );
});

describe('what the agent has just said', () => {
  it.each(['kiriniki', 'zahanati'])('never makes a question of %s an echo', (name) => {
    const listed = loadHotline(name);
    const here = new Answerer(listed);
    const echoes = listed.cards
      .flatMap(({ questions }) => questions)
      .filter((question) => fixedTexts(listed).some((text) => here.doubtOf(question, [text]) === 'echo'));
    expect(echoes).toEqual([]);
  });

  it('is an echo though a question of the same card is like it, when the answer is more so', () => {
    const hours = hotline.cards.find(({ id }) => id === 'nguva-dzekuvhura')?.answer ?? '';
    // Recognised from "Kiriniki inovhura nguva dza8:00 mangwanani" at -15 dB; the card is asked "… nguvai mangwana?".
    expect(answerer.doubtOf('Kiriniki inovhura nguvazasaira mangwana?', [hours])).toBe('echo');
    expect(answerer.doubtOf('Kiriniki inovhura nguvai mangwana?', [hours])).toBeUndefined();
    expect(answerer.doubtOf('Kirinike novura nguai mangwana', [hours])).toBeUndefined();
    expect(answerer.doubtOf('Kiriniki inovhura nguva dzipi mangwanani?', [hours])).toBeUndefined();
  });

  it('is an echo when it comes back as it was said', () => {
    const [welcome = ''] = fixedTexts(hotline);
    expect(answerer.doubtOf(welcome, [welcome])).toBe('echo');
  });
});
