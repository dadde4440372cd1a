import { describe, expect, it } from 'vitest';
import { interviewPhrase } from '#pipeline/interview/script.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import { CallNotes } from '#src/cli/campaign/rehearse/call-notes.ts';
import { minutesUntil } from '#src/cli/campaign/rehearse/household.ts';
import { LineReader } from '#src/cli/campaign/rehearse/line-said.ts';

const script = readScript('hutano');
const interview = loadInterview(script.id, script.text);
const reader = new LineReader(interview, { zita: 'VaMoyo' });
const [manyoka, varwere, mvura] = interview.questions as [
  (typeof interview.questions)[number],
  (typeof interview.questions)[number],
  (typeof interview.questions)[number],
];

describe('somebody who knows the script', () => {
  it('knows what is asked of them, and nothing of what is asked of others', () => {
    expect(reader.read('Mangwanani. Ndiri kutaura naVaMoyo here?').prompt).toEqual({ kind: 'identity' });
    expect(reader.read('Mangwanani. Ndiri kutaura naRudo here?').prompt).toBeUndefined();
    expect(reader.read(`${interview.opening} ${interview.consent}`).prompt).toEqual({ kind: 'consent' });
    const asked = `${interviewPhrase(interview, 'left-out')} ${mvura.text}`;
    expect(reader.read(asked)).toEqual({ prompt: { kind: 'question', question: mvura }, hasLeftOut: true });
  });

  it('knows what is said back to them', () => {
    expect(reader.read('Mati musi wa1 Mbudzi 2026. Ndizvo here?').prompt).toEqual({
      kind: 'read-back',
      answer: 'musi wa1 Mbudzi 2026',
    });
    expect(reader.read('Mati hamuchadi kufonerwa zvakare. Ndizvo here?').prompt?.kind).toBe('opt-out-read-back');
    expect(reader.read('Mati tokufonerai nhasi nguva dza13:00. Ndizvo here?').prompt).toEqual({
      kind: 'when-read-back',
      when: 'nhasi nguva dza13:00',
    });
  });

  it('knows how the line took its leave', () => {
    const later = 'Zvakanaka, tichakufonerai nhasi nguva dza13:00. Chisarai zvakanaka.';
    expect(reader.read(later).prompt).toMatchObject({ farewell: 'later-agreed', when: 'nhasi nguva dza13:00' });
    expect(reader.read(interviewPhrase(interview, 'later-sometime')).prompt).toMatchObject({
      farewell: 'later-sometime',
    });
    expect(reader.read(interviewPhrase(interview, 'opt-out')).prompt).toMatchObject({ farewell: 'opt-out' });
    expect(reader.read(interview.closing).prompt).toMatchObject({ farewell: 'closing' });
  });

  it('reckons minutes to a time of day', () => {
    const at = Date.parse('2026-11-26T10:58:30Z');
    expect(minutesUntil('nhasi nguva dza13:00', at, 'Africa/Harare')).toBe(2);
    expect(minutesUntil('mangwana nguva dza12:57', at, 'Africa/Harare')).toBe(24 * 60 - 1);
    expect(minutesUntil('imwe nguva', at, 'Africa/Harare')).toBe(Infinity);
  });
});

describe('the notes of a call', () => {
  const hear = (notes: CallNotes, ...texts: readonly string[]): void => {
    for (const text of texts) notes.hear(reader.read(text));
  };

  it('say that an answer was taken when the line goes on, with what it had said back', () => {
    const notes = new CallNotes('+263770000101', 1);
    hear(notes, manyoka.text);
    notes.answer(manyoka, true, 'keys');
    hear(notes, varwere.text);
    notes.answer(varwere, 3, 'speech');
    hear(notes, 'Mati vanhu 3. Ndizvo here?', mvura.text);
    expect([...notes.taken.values()]).toEqual([
      { question: 'manyoka', value: true, by: 'keys', saidBack: undefined },
      { question: 'varwere', value: 3, by: 'speech', saidBack: 'vanhu 3' },
    ]);
  });

  it('say that one was not taken that is asked again, left out, or followed by nothing', () => {
    const notes = new CallNotes('+263770000101', 1);
    hear(notes, manyoka.text);
    notes.answer(manyoka, true, 'speech');
    hear(notes, manyoka.hint!);
    expect(notes.byVoice).toMatchObject({ given: 1, askedAgain: 1 });
    notes.answer(manyoka, true, 'speech');
    hear(notes, `${interviewPhrase(interview, 'left-out')} ${mvura.text}`);
    notes.answer(mvura, 'pombi', 'speech');
    expect(notes.taken.size).toBe(0);
    expect([...notes.leftOut]).toEqual(['manyoka']);
    expect(notes.untold).toMatchObject({ question: 'mvura' });
  });
});
