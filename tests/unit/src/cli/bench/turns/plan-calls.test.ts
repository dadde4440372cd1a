import { describe, expect, it } from 'vitest';
import { ENDPOINTING_POLICY } from '#pipeline/listening/endpointer.ts';
import { loadHotline } from '#prompts/load.ts';
import { callerWordsOf } from '../../../../../../src/cli/bench/turns/caller-words.ts';
import { ALL_CLASSES, planCalls } from '../../../../../../src/cli/bench/turns/plan-calls.ts';
import { countClasses, soundsOf } from '../../../../../../src/cli/bench/turns/planned-call.ts';

const hotline = loadHotline('kiriniki');

describe('planCalls', () => {
  it('holds as many acts of every class as were asked for, in calls of some ten acts', () => {
    const plan = planCalls({ hotline, seed: 1, eventsPerClass: 300 });
    const counts = countClasses(plan);
    for (const name of ALL_CLASSES) {
      expect(counts.get(name), name).toBeGreaterThanOrEqual(name === 'endless' ? 30 : 300);
    }
    const acts = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(acts / plan.length).toBeGreaterThan(6);
    expect(acts / plan.length).toBeLessThan(16);
    expect(plan.filter(({ echo }) => echo?.db === -12).length).toBeGreaterThan(plan.length / 5);
  });

  it('is the same for the same seed and another for another', () => {
    const plan = planCalls({ hotline, seed: 5, eventsPerClass: 10 });
    expect(planCalls({ hotline, seed: 5, eventsPerClass: 10 })).toEqual(plan);
    expect(planCalls({ hotline, seed: 6, eventsPerClass: 10 })).not.toEqual(plan);
  });

  it('takes lines and wires in turn and only the classes asked for', () => {
    const plan = planCalls({
      hotline,
      seed: 2,
      eventsPerClass: 20,
      classes: ['backchannel', 'silence'],
      lines: ['clean', 'loss'],
      wires: ['twilio', 'asterisk'],
    });
    expect(new Set(countClasses(plan).keys())).toEqual(new Set(['turn', 'backchannel', 'silence']));
    expect(plan.slice(0, 4).map(({ line, wire }) => `${line} ${wire}`)).toEqual([
      'clean twilio',
      'loss twilio',
      'clean asterisk',
      'loss asterisk',
    ]);
  });

  it('keeps to the ranges of the yardstick', () => {
    const plan = planCalls({ hotline, seed: 3, eventsPerClass: 100 });
    for (const sound of plan.flatMap(soundsOf)) {
      if (sound.kind === 'speech') {
        for (const { ms, afterShare } of sound.pauses ?? []) {
          expect(ms).toBeGreaterThanOrEqual(300);
          expect(ms).toBeLessThanOrEqual(1_200);
          expect(afterShare).toBeGreaterThan(0.2);
          expect(afterShare).toBeLessThan(0.8);
        }
        expect(sound.falseStart?.stopMs ?? 80).toBeLessThan(300);
      }
      if (sound.kind === 'dictation') expect(sound.gapsMs).toHaveLength(sound.groups.length);
    }
    for (const { rounds, echo } of plan) {
      for (const round of rounds) {
        if (round.kind !== 'ask') continue;
        for (const act of round.under.filter((under) => under.class === 'interruption')) {
          expect(act.afterMs).toBeGreaterThanOrEqual(300);
          expect(act.afterMs).toBeLessThanOrEqual(3_000);
        }
      }
      if (!echo) continue;
      expect(echo.db).toBeGreaterThanOrEqual(-24);
      expect(echo.db).toBeLessThanOrEqual(-12);
      expect(echo.delayMs).toBeGreaterThanOrEqual(60);
      expect(echo.delayMs).toBeLessThanOrEqual(300);
    }
  });

  it('opens and ends calls with what belongs there', () => {
    const plan = planCalls({ hotline, seed: 4, eventsPerClass: 30 });
    for (const { rounds } of plan) {
      expect(rounds.slice(1).some(({ kind }) => kind === 'over-greeting')).toBe(false);
      expect(rounds.slice(0, -1).some(({ kind }) => kind === 'silence')).toBe(false);
    }
  });

  it('lets somebody talk past the limit of an utterance, however few the calls', () => {
    const plan = planCalls({ hotline, seed: 7, eventsPerClass: 2 });
    const [sound, ...others] = plan.flatMap(soundsOf).filter(({ kind }) => kind === 'endless');
    expect(others).toEqual([]);
    if (sound?.kind !== 'endless') throw new Error('nobody talks on and on');
    expect(sound.seconds * 1_000).toBeGreaterThan(ENDPOINTING_POLICY.maxUtteranceMs + 5_000);
    // A whole question would be the end of a turn behind the shortest silence.
    const questions = hotline.cards.flatMap((card) => card.questions);
    for (const text of sound.texts) expect(questions).not.toContain(text);
  });

  it('asks what no card answers, where there is something to ask', () => {
    const asked = (id: string): readonly string[] =>
      planCalls({ hotline: loadHotline(id), seed: 8, eventsPerClass: 20, classes: ['small-talk', 'turn'] })
        .flatMap(({ rounds }) => rounds)
        .flatMap((round) => (round.kind === 'ask' && round.act.class === 'small-talk' ? [round.act.sound] : []))
        .map((sound) => (sound.kind === 'speech' ? sound.text : ''));
    expect(asked('kiriniki').length).toBeGreaterThanOrEqual(20);
    expect(new Set(asked('kiriniki')).size).toBeGreaterThan(15);
    for (const card of hotline.cards) for (const text of card.questions) expect(asked('kiriniki')).not.toContain(text);
    expect(asked('sw/zahanati')).toEqual([]);
  });

  it('asks for lines', () => {
    expect(() => planCalls({ hotline, seed: 1, eventsPerClass: 1, lines: [] })).toThrow(/at least one line/u);
  });
});

describe("the callers' words", () => {
  it('are words that the language pack knows as what they are', () => {
    const { backchannels, interrupts, aside } = callerWordsOf(hotline);
    const { backchannel, interrupt, yes } = hotline.pack.classes;
    for (const word of backchannels) expect([...backchannel.forms, ...yes.forms], word).toContain(word);
    for (const word of interrupts) expect(interrupt.forms, word).toContain(word);
    for (const text of aside) {
      const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
      for (const word of words) expect(interrupt.forms, text).not.toContain(word);
    }
  });

  it('are those of the pack in another language', () => {
    const { backchannels, aside } = callerWordsOf(loadHotline('sw/zahanati'));
    expect(backchannels.length).toBeGreaterThan(0);
    expect(aside).toEqual([]);
  });
});
