/** Interviews as the service holds them: script, engines and books together. */
import { describe, expect, it } from 'vitest';
import type { Answer, AttemptBooks, InterviewBrief, InterviewEnd } from '#src/campaigns/outcome.ts';
import { Interviews } from '#src/interviews.ts';
import { createLogger } from '#src/observability/logger.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { SentenceCache } from '#pipeline/speech/sentence-cache.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { readScript } from '#prompts/campaign.ts';
import { loadHotline } from '#prompts/load.ts';
import { FakeLeg } from '../support/fake-leg.ts';
import { ScriptedRecognizer, ScriptedSpeechScorer, ScriptedSynthesizer } from '../support/scripted-models.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const { id: script, text: scriptText } = readScript('hutano');
const BRIEF: InterviewBrief = {
  attemptId: 'attempt-1',
  campaignId: 'campaign-1',
  campaignContactId: 'contact-1',
  script,
  scriptText,
  vars: { zita: 'VaMoyo' },
  language: undefined,
  resume: undefined,
  answered: { manyoka: false, mvura: 'tsime', kiriniki: '2026-01-02' },
  tz: 'Africa/Harare',
};

class Books implements AttemptBooks {
  readonly written: (Answer | InterviewEnd | { readonly evidence: string })[] = [];
  answered(): Promise<never> {
    return Promise.reject(new Error('not asked here'));
  }
  async answer(_: string, answer: Answer): Promise<void> {
    this.written.push(answer);
  }
  async optOut(_: string, how: { readonly evidence: string }): Promise<void> {
    this.written.push(how);
  }
  async finished(_: string, end: InterviewEnd): Promise<void> {
    this.written.push(end);
  }
}

function open(hotline = 'kiriniki') {
  const clock = new VirtualClock();
  const leg = new FakeLeg(clock);
  const books = new Books();
  const loaded = loadHotline(hotline);
  const recognizer = new ScriptedRecognizer({ clock, heard: () => ({ text: '', doubt: 'no-speech' }) });
  const speaker = new Speaker({
    synthesizer: new ScriptedSynthesizer({ clock, msPerChar: 20 }),
    language: loaded.pack.language,
    cache: new SentenceCache({ voice: 'scripted' }),
    clock,
  });
  const logger = createLogger('error', { write: () => undefined });
  const interviews = new Interviews({ engines: { hotline: loaded, recognizer, speaker }, books, clock, logger });
  const consents: number[] = [];
  const events: CallEvent[] = [];
  const signal = new AbortController();
  const converse = (brief = BRIEF) =>
    interviews.converse({
      ...{ leg, brief, canTransfer: true, signal: signal.signal },
      emit: (event) => events.push(event),
      scorer: new ScriptedSpeechScorer({ clock }),
      onConsent: () => consents.push(clock.nowMs()),
    });
  const press = async (key: string, thenMs = 12_000): Promise<void> => {
    leg.press(key);
    for (let at = 0; at < thenMs; at += 20) {
      leg.hear(new Int16Array(160));
      await clock.advance(20);
    }
  };
  return { clock, leg, books, interviews, converse, consents, events, press, signal };
}

describe('the interviews of a service', () => {
  it('have everything in the books when they are over, the end last', async () => {
    const { books, converse, press, consents } = open();
    const cause = converse();
    await press('1');
    await press('1');
    await press('4');
    await press('#');
    expect(await cause).toEqual({ result: 'success', reason: 'conversation-finished' });
    expect(books.written).toMatchObject([
      { question: 'vagari', value: 4, method: 'keys', rawText: '4' },
      { result: 'completed', answeredBy: 'person' },
    ]);
    expect(consents).toHaveLength(1);
  });

  it('write an opt-out down with its evidence, and tell of no consent', async () => {
    const { books, converse, press, consents } = open();
    const cause = converse();
    await press('9');
    await cause;
    expect(books.written).toMatchObject([
      { source: 'keys', scope: 'all', evidence: '9' },
      { result: 'opted_out', answeredBy: 'person' },
    ]);
    expect(consents).toEqual([]);
  });

  it('end as broken off when the service drains', async () => {
    const { clock, books, converse, press, signal } = open();
    const cause = converse();
    await press('1', 2_000);
    signal.abort();
    await clock.advance(1_000);
    expect(await cause).toEqual({ result: 'ours', reason: 'drained' });
    expect(books.written).toMatchObject([{ result: 'partial', answeredBy: 'person' }]);
  });

  it('say nothing when the script cannot be used, or is of another language', async () => {
    const { converse, leg } = open();
    await expect(converse({ ...BRIEF, scriptText: 'id: x' })).rejects.toMatchObject({ code: 'INZWA_PROMPTS_INVALID' });
    await expect(open('sw/zahanati').converse()).rejects.toMatchObject({ code: 'INZWA_PROMPTS_INVALID' });
    expect(leg.frames).toEqual([]);
  });

  it('can be prepared: then the first call waits for no voice', async () => {
    const { clock, interviews, converse, press, events, leg } = open();
    const { signal } = new AbortController();
    let isDone = false;
    const preparing = interviews.prepare({ script, scriptText }, { signal }).then(() => (isDone = true));
    await clock.advanceUntil(() => isDone, { timeoutMs: 600_000, stepMs: 1_000 });
    await preparing;
    const cause = converse();
    await press('1', 2_000);
    leg.callerHangsUp();
    await cause;
    // The opening of those who agree to be the one: all of it, and none of it with a name in it.
    expect(events.filter(({ kind }) => kind === 'first-audio').at(-1)).toMatchObject({ cached: true });
  });
});
