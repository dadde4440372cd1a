import { describe, expect, it } from 'vitest';
import type { AnswerValue } from '#pipeline/interview/script.ts';
import { answerForms, MOST_NUMBERS, wishForms } from '#pipeline/interview/spoken-forms.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';

const script = readScript('hutano');
const interview = loadInterview(script.id, script.text);
const questionOf = (id: string) => interview.questions.find((question) => question.id === id)!;

function phrasesFor(question: Parameters<typeof answerForms>[0], value: AnswerValue): readonly string[] {
  const forms = answerForms(question, interview) ?? [];
  return forms.filter(({ means }) => means.kind === 'answer' && means.value === value).map(({ phrase }) => phrase);
}

describe('what may be said to a question', () => {
  it('is a number with its noun, agreeing with it, counted by itself, and in English', () => {
    expect(phrasesFor(questionOf('varwere'), 3)).toEqual(
      expect.arrayContaining(['vanhu vatatu', 'vatatu', 'nhatu', 'tatu', 'three']),
    );
    expect(phrasesFor(questionOf('varwere'), 21)).toContain('vanhu makumi maviri nemumwe');
  });

  it('holds each number of the range and no other', () => {
    const values = (answerForms(questionOf('varwere'), interview) ?? []).map(
      ({ means }) => 'value' in means && means.value,
    );
    expect(new Set(values)).toEqual(new Set(Array.from({ length: 30 }, (_, at) => at + 1)));
  });

  it('is a choice by its name and by its number', () => {
    expect(phrasesFor(questionOf('mvura'), 'tsime')).toEqual(
      expect.arrayContaining(['tsime', 'tinoiwana kutsime', 'mbiri', 'two']),
    );
  });

  it('is a yes in all its lengths, but no word that a noise is likest to', () => {
    const yes = phrasesFor('yes-no', true);
    expect(yes).toEqual(expect.arrayContaining(['hongu', 'ehe', 'ndinobvuma', 'hongu ndinobvuma']));
    expect(yes).not.toContain('sure');
    expect(phrasesFor('yes-no', false)).not.toContain('no no');
  });

  it('is not believed by its sound alone where a cough sounds like it', () => {
    const forms = answerForms('yes-no', interview) ?? [];
    const short = forms.filter(({ isShort }) => isShort).map(({ phrase }) => phrase);
    expect(short).toEqual(expect.arrayContaining(['ehe', 'ya', 'eya', 'yes', 'no']));
    expect(short).not.toContain('hongu');
    expect(short).not.toContain('aiwa');
  });

  it('cannot be listed for a date, an open question or a great range', () => {
    expect(answerForms(questionOf('kiriniki'), interview)).toBeUndefined();
    expect(answerForms(questionOf('mashoko'), interview)).toBeUndefined();
    const wide = { ...questionOf('varwere'), range: { from: 1, to: MOST_NUMBERS + 1 } } as Parameters<
      typeof answerForms
    >[0];
    expect(answerForms(wide, interview)).toBeUndefined();
  });
});

it('tells wishes by phrases that are long and spelt like the language', () => {
  const forms = wishForms(interview);
  const wishOf = (phrase: string) => forms.find((form) => form.phrase === phrase)?.means;
  expect(wishOf('musandifonerezve')).toEqual({ kind: 'wish', wish: 'opt-out' });
  expect(wishOf('fonai gare gare')).toEqual({ kind: 'wish', wish: 'later' });
  expect(wishOf('ndipeiwo munhu')).toEqual({ kind: 'wish', wish: 'human' });
  expect(wishOf('mangwanani')).toEqual({ kind: 'other' });
  expect(wishOf('stop calling me')).toBeUndefined();
  expect(wishOf('remove me')).toBeUndefined();
});
