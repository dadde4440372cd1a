import { describe, expect, test } from 'vitest';
import type { AudioScore } from '#pipeline/dialogue/answerer-evidence.ts';
import { Answerer, type DialogueState } from '#pipeline/dialogue/answerer.ts';
import type { Transcript } from '#pipeline/ports.ts';
import { loadHotline } from '#prompts/load.ts';

const hotline = loadHotline('kiriniki');
const unmeasured = new Answerer(hotline);
/** Every phrase as likely under silence as every other, so that 0 in `audio` is 0 for the thresholds. */
const BASELINE = -7;
const LIFT = 0.6 * BASELINE;
const answerer = new Answerer(hotline, { baseline: new Map(unmeasured.phrases.map((phrase) => [phrase, BASELINE])) });
const FRESH: DialogueState = { expects: 'anything', failuresInRow: 0, isLlmReady: false };

function transcript(text: string, rest: Partial<Transcript> = {}): Transcript {
  return {
    utteranceId: 'call#1',
    text,
    avgLogProb: -0.5,
    confidence: 0.6,
    noSpeechProb: 0.01,
    window: 'short',
    audioMs: 2000,
    timings: { melMs: 1, encoderMs: 1, decoderMs: 1 },
    ...rest,
  };
}

function decide(heard: Transcript, state: DialogueState = FRESH, audioScores: readonly AudioScore[] = []) {
  return answerer.decide({ transcript: heard, matches: answerer.match(heard.text), audioScores, state });
}

/** Scores in which one choice leads the others by `margin`. */
function audio(choiceId: string, score: number, margin: number): AudioScore[] {
  return answerer.candidatesFor(answerer.match(''), 1000).map((candidate) => ({
    ...candidate,
    score: LIFT + (candidate.choiceId === choiceId ? score : score - margin),
  }));
}

describe('by the text', () => {
  test('a question as written', () => {
    expect(decide(transcript('Mishonga inoita marii?'))).toMatchObject({
      kind: 'card',
      cardId: 'mutengo-wemishonga',
      by: 'text',
    });
  });

  test('a badly heard question', () => {
    expect(decide(transcript('Kiginiki Innobirangurai Mangwana.'))).toMatchObject({ cardId: 'nguva-dzekuvhura' });
  });

  test('a badly heard wish for a person', () => {
    expect(decide(transcript('Ninodha kutaora nemuno'))).toMatchObject({ kind: 'intent', intent: 'human' });
    expect(decide(transcript('Mangwanani, ninodha kutaora nemuno'))).toMatchObject({ intent: 'human' });
  });

  test('an emergency card is the emergency intent', () => {
    expect(decide(transcript('Pane munu akuvara zakaipa'))).toMatchObject({ kind: 'intent', intent: 'emergency' });
  });

  test('what is like no card is not answered from one', () => {
    expect(decide(transcript('Musikana akapfeka hembe tsvuku'))).toEqual({ kind: 'not-understood', offerHuman: false });
  });
});

describe('with the audio', () => {
  const unreadable = transcript('Ningo H. Tupachikeye kwa.');

  test('both naming the same card carry what neither would alone', () => {
    expect(decide(unreadable).kind).toBe('not-understood');
    expect(decide(unreadable, FRESH, audio('chitupa-chekuberekwa', -0.5, 0.8))).toMatchObject({
      kind: 'card',
      cardId: 'chitupa-chekuberekwa',
      by: 'both',
    });
  });

  test('a plain lead of the audio carries an unreadable transcript, doubted or not', () => {
    const scores = audio('nhomba', 0.5, 2);
    expect(decide(transcript('Zzz.'), FRESH, scores)).toMatchObject({ cardId: 'nhomba', by: 'audio' });
    const doubted = transcript('', { doubt: 'prompt-echo' });
    expect(decide(doubted, FRESH, scores)).toMatchObject({ cardId: 'nhomba', by: 'audio' });
  });

  test('a small lead or an unlikely phrase does not', () => {
    expect(decide(transcript('Zzz.'), FRESH, audio('nhomba', -0.5, 0.1)).kind).toBe('not-understood');
    expect(decide(transcript('Zzz.'), FRESH, audio('nhomba', -4, 2)).kind).toBe('not-understood');
  });

  test('an audio that plainly names another card stops a text that is not certain', () => {
    const text = 'Wanawan duarik pisa muridi.';
    expect(decide(transcript(text))).toMatchObject({ cardId: 'kupisa-muviri' });
    expect(decide(transcript(text), FRESH, audio('nhomba', -3, 1)).kind).toBe('not-understood');
  });

  test('is only asked where the text is not certain', () => {
    const asks = (text: string, doubt?: Transcript['doubt']): boolean => {
      const heard = transcript(text, doubt && { doubt });
      return answerer.needsAudio({ transcript: heard, matches: answerer.match(text), state: FRESH });
    };
    expect(asks('Mishonga inoita marii?')).toBe(false);
    expect(asks('Mhoroi')).toBe(false);
    expect(asks('Ningo H. Tupachikeye kwa.')).toBe(true);
    expect(asks('', 'empty')).toBe(false);
    expect(asks('Ndipi?', 'no-speech')).toBe(true);
    expect(asks('Mishonga inoita marii?', 'prompt-echo')).toBe(true);
  });
});

test('a phrase that is likely under silence needs more to be believed', () => {
  const scores = audio('nhomba', 0.5, 1.2);
  const baseline = new Map(unmeasured.phrases.map((phrase) => [phrase, BASELINE]));
  for (const question of hotline.cards.find(({ id }) => id === 'nhomba')!.questions)
    baseline.set(question, BASELINE + 2);
  const heard = transcript('Zzz.');
  const decision = new Answerer(hotline, { baseline }).decide({
    transcript: heard,
    matches: answerer.match(heard.text),
    audioScores: scores,
    state: FRESH,
  });
  expect(decision.kind).toBe('not-understood');
});

test('what the recogniser was not sure of is no wish for a person, until the audio says so too', () => {
  const unsure = transcript('Ndiri kutaura nemunhu.', { confidence: 0.26 });
  expect(decide(unsure).kind).toBe('not-understood');
  expect(answerer.needsAudio({ transcript: unsure, matches: answerer.match(unsure.text), state: FRESH })).toBe(true);
  expect(decide(unsure, FRESH, audio('intent:human', -0.5, 0.4))).toMatchObject({ intent: 'human', by: 'both' });
  expect(decide(transcript('arumwa nenyoka', { confidence: 0.2 }))).toMatchObject({ intent: 'emergency' });
});

describe('the call is ended', () => {
  const unreadable = transcript('Tisurai is waka naka', { confidence: 0.3 });

  test('by a goodbye that transcript and audio both name, however badly heard', () => {
    expect(decide(unreadable, FRESH, audio('intent:goodbye', -0.5, 0.4))).toMatchObject({
      kind: 'intent',
      intent: 'goodbye',
      by: 'both',
    });
    expect(decide(transcript('Ndatenda, chisarai zvakanaka'))).toMatchObject({ intent: 'goodbye', by: 'text' });
    expect(decide(transcript('Chisarai zvakanaka'))).toMatchObject({ intent: 'goodbye', by: 'text' });
  });

  test('never by the audio alone, nor by words that were hardly heard', () => {
    for (const choice of ['intent:goodbye', 'intent:opt-out']) {
      expect(decide(transcript('Zzz.'), FRESH, audio(choice, 0, 2)).kind, choice).toBe('not-understood');
    }
    expect(decide(unreadable).kind).toBe('not-understood');
    expect(decide(transcript('Chisarai zvakanaka', { confidence: 0.2 })).kind).toBe('not-understood');
    expect(decide(transcript('Chisarai zvakanaka', { doubt: 'low-confidence' })).kind).toBe('not-understood');
    const doubted = transcript('Musandifonere', { doubt: 'low-confidence' });
    expect(decide(doubted, FRESH, audio('intent:opt-out', 0, 2)).kind).toBe('not-understood');
  });

  test('by a no only when it was heard well: after "anything else?" it is a goodbye', () => {
    const asked: DialogueState = { ...FRESH, expects: 'yes-no' };
    expect(decide(transcript('Kwete'), asked)).toMatchObject({ intent: 'no' });
    expect(decide(transcript('Kwete', { confidence: 0.2 }), asked).kind).toBe('not-understood');
  });

  test.each(['Ndapedza mapiritsi', 'Ndapedza mushonga', 'Zvakwana here', 'bus stop'])('not by "%s"', (text) => {
    expect(decide(transcript(text)).kind).not.toBe('intent');
  });
});

test('a sentence that only begins like a request to repeat is none', () => {
  expect(decide(transcript('Handisi kunzwa muviri zvakanaka')).kind).toBe('not-understood');
  expect(decide(transcript('Handina kunzwa nezvenhomba')).kind).toBe('not-understood');
});

describe('candidates', () => {
  const matches = answerer.match('mishonga inoita mari');

  test('are the likeliest phrases, each once, at most k', () => {
    const candidates = answerer.candidatesFor(matches, 30);
    expect(candidates[0]).toEqual({ choiceId: 'mutengo-wemishonga', phrase: 'Mishonga inoita marii?' });
    expect(candidates).toHaveLength(30);
    expect(new Set(candidates.map(({ phrase }) => phrase)).size).toBe(30);
    expect(answerer.candidatesFor(matches, 5)).toEqual(candidates.slice(0, 5));
  });

  test('hold intents beside cards', () => {
    const all = answerer.candidatesFor(matches, 1000);
    expect(all.some(({ choiceId }) => choiceId === 'intent:human')).toBe(true);
    expect(all.length).toBeGreaterThan(hotline.cards.flatMap(({ questions }) => questions).length);
  });

  test('that take as long to say as the utterance took come first when the text says nothing', () => {
    const nothing = answerer.match('');
    const lengthAt = (audioMs: number): number =>
      hotline.pack.language.fold(answerer.candidatesFor(nothing, 1, audioMs)[0]!.phrase).length;
    expect(lengthAt(900)).toBeLessThan(lengthAt(1800));
    expect(lengthAt(1800)).toBeLessThan(lengthAt(3000));
  });
});

describe('doubt', () => {
  test('words that were only echoed are not acted upon', () => {
    expect(decide(transcript('Mishonga inoita marii?', { doubt: 'prompt-echo' }))).toEqual({
      kind: 'not-understood',
      offerHuman: false,
      doubt: 'prompt-echo',
    });
  });

  test('low confidence raises the bar but does not close it', () => {
    expect(decide(transcript('Mishonga inoita marii?', { doubt: 'low-confidence' }))).toMatchObject({ kind: 'card' });
  });

  test('an emergency is believed all the same', () => {
    expect(decide(transcript('arumwa nenyoka', { doubt: 'low-confidence' }))).toMatchObject({ intent: 'emergency' });
  });
});

test('the language model gets Shona that no card answers, with the nearest cards and nothing else', () => {
  const ready = { ...FRESH, isLlmReady: true };
  const decision = decide(transcript('Ndine urombo zvikuru nhasi'), ready);
  expect(decision).toMatchObject({ kind: 'llm' });
  if (decision.kind !== 'llm') throw new Error('not for the model');
  expect(decision.cardIds).toHaveLength(3);
  expect(decision.cardIds.every((id) => hotline.cards.some((card) => card.id === id))).toBe(true);
  expect(decide(transcript('Thank you for watching the show'), ready).kind).toBe('not-understood');
  expect(decide(transcript('Ndine urombo zvikuru nhasi', { confidence: 0.1 }), ready).kind).toBe('not-understood');
});

test('what is near an emergency is never left to the language model', () => {
  const ready = { ...FRESH, isLlmReady: true };
  expect(decide(transcript('Munhu akadonha pamusoro pemba'), ready).kind).not.toBe('llm');
  expect(decide(transcript('Musikana akapfeka hembe tsvuku'), ready).kind).toBe('not-understood');
  const nearest = transcript('Munhu akakuvadzwa zvikuru');
  expect(answerer.match(nearest.text).ranked[0]!.choiceId).toBe('njodzi');
  expect(decide(nearest, ready)).toMatchObject({ kind: 'intent', intent: 'emergency' });
});

test('the third failure in a row offers a person', () => {
  const heard = transcript('Zzz.');
  const offers = [0, 1, 2, 3].map((failuresInRow) => decide(heard, { ...FRESH, failuresInRow }));
  expect(offers.map((decision) => decision.kind === 'not-understood' && decision.offerHuman)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('ehe is a yes only after a question', () => {
  expect(decide(transcript('Ehe'), { ...FRESH, expects: 'yes-no' })).toMatchObject({ intent: 'yes' });
  expect(decide(transcript('Ehe'))).toMatchObject({ intent: 'backchannel' });
});

describe('an emergency whose words stand in the prompt', () => {
  const prompt = 'Ndinoda amburenzi. Pane njodzi, ndibatsireiwo nekukurumidza. Arumwa nenyoka.';
  const copied = transcript('Kuti arumwa nenyoka', { confidence: 0.5 });
  const decideOn = (heard: Transcript, audioScores: readonly AudioScore[], primed = prompt) =>
    answerer.decide({
      transcript: heard,
      matches: answerer.match(heard.text),
      audioScores,
      state: FRESH,
      prompt: primed,
    });

  test('is asked of the audio when it was hardly heard', () => {
    const asks = (heard: Transcript): boolean =>
      answerer.needsAudio({ transcript: heard, matches: answerer.match(heard.text), state: FRESH, prompt });
    expect(asks(copied)).toBe(true);
    expect(asks({ ...copied, confidence: 0.7 })).toBe(false);
    expect(asks(transcript('Ndarohwa nemurume wangu', { confidence: 0.3 }))).toBe(false);
  });

  test('is none when the audio is likest to something else', () => {
    expect(decideOn(copied, audio('nhomba', -2, 0.5))).not.toMatchObject({ intent: 'emergency' });
  });

  test('is one when the audio agrees, however faintly, and when it cannot be asked', () => {
    expect(decideOn(copied, audio('njodzi', -2, 0.1))).toMatchObject({ intent: 'emergency' });
    expect(decideOn(copied, [])).toMatchObject({ intent: 'emergency' });
    expect(decideOn(copied, audio('nhomba', -2, 0.5), 'Ndinoda amburenzi.')).toMatchObject({ intent: 'emergency' });
  });
});

test('a sentence of the prompt that was hardly heard answers nothing without the audio', () => {
  const heard = transcript('Ndiri kukosora kwenguva refu.', { confidence: 0.5 });
  const decideWith = (prompt: string) =>
    answerer.decide({ transcript: heard, matches: answerer.match(heard.text), audioScores: [], state: FRESH, prompt });
  expect(decideWith('Ndiri kukosora kwenguva refu. Ndinoda amburenzi.').kind).toBe('not-understood');
  expect(decideWith('Ndinoda amburenzi.')).toMatchObject({ cardId: 'tibhii' });
});
