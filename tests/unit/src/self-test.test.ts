import { describe, expect, it } from 'vitest';
import { LoadMeter } from '#src/load-meter.ts';
import { meteredDialogue, meteredRecognizer, meteredSynthesizer } from '#src/metered-engines.ts';
import { measureTurnWork } from '#src/self-test.ts';
import { ScriptedDialogueEngine, ScriptedRecognizer, ScriptedSynthesizer } from '../../support/scripted-models.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const { signal } = new AbortController();

describe('the self-test', () => {
  it('is the fastest of three recognitions of what callers mostly say, and half as much again', async () => {
    const clock = new VirtualClock();
    const scripted = new ScriptedRecognizer({ clock, heard: () => 'mhoroi', transcribeMs: 300 });
    const measuring = measureTurnWork(new Int16Array(80_000), {
      recognizer: scripted,
      clock,
      signal,
      isIdle: () => true,
    });
    await clock.advance(1_000);
    expect(await measuring).toBe(450);
    expect(scripted.asked.map(({ pcm }) => pcm.length)).toEqual([20_000, 20_000, 20_000]);
  });

  it('waits for callers to be answered', async () => {
    const clock = new VirtualClock();
    const scripted = new ScriptedRecognizer({ clock, heard: () => 'mhoroi' });
    let isIdle = false;
    const measuring = measureTurnWork(new Int16Array(8_000), {
      recognizer: scripted,
      clock,
      signal,
      isIdle: () => isIdle,
    });
    await clock.advance(5_000);
    expect(scripted.asked).toEqual([]);
    isIdle = true;
    await clock.advance(2_000);
    expect(await measuring).toBe(225);
  });
});

describe('metered engines', () => {
  it('are busy while they work for a call', async () => {
    const clock = new VirtualClock();
    const meter = new LoadMeter({ clock, windowMs: 10_000 });
    const recognizer = meteredRecognizer(new ScriptedRecognizer({ clock, heard: () => 'a', transcribeMs: 200 }), meter);
    const utterance = { id: 'CA1#1', pcm: new Int16Array(8_000), sampleRateHz: 8_000 };
    const work = recognizer.transcribe(utterance, { signal }).then(() => recognizer.score('CA1#1', ['a'], { signal }));
    await clock.advance(1_000);
    await work;
    expect(meter.share()).toBeCloseTo(0.26);
    const inAdvance = recognizer.transcribe(utterance, { signal, priority: 'background' });
    await clock.advance(1_000);
    await inAdvance;
    expect(meter.share()).toBeCloseTo(0.13);
  });

  it('are idle while somebody takes their time over what they said', async () => {
    const clock = new VirtualClock();
    const meter = new LoadMeter({ clock, windowMs: 10_000 });
    const dialogue = meteredDialogue(
      new ScriptedDialogueEngine({ clock, replies: [['a', 'b']], firstPieceMs: 100, pieceMs: 100 }),
      meter,
    );
    const reading = (async () => {
      for await (const text of dialogue.reply({ callId: 'CA1', history: [], cards: [] }, { signal })) {
        await clock.sleep(400 * text.length, { signal });
      }
    })();
    await clock.advance(1_000);
    await reading;
    expect(meter.share()).toBeCloseTo(0.2);
  });

  it('let their engine go when nobody wants the rest', async () => {
    const clock = new VirtualClock();
    const meter = new LoadMeter({ clock });
    let isOver = false;
    const scripted = new ScriptedSynthesizer({ clock, rtf: 0 });
    const voice = meteredSynthesizer(
      {
        sampleRateHz: 8_000,
        async *synthesize(text, opts) {
          try {
            yield* scripted.synthesize(text, opts);
          } finally {
            isOver = true;
          }
        },
      },
      meter,
    );
    const chunks = voice.synthesize('mhoroi', { signal })[Symbol.asyncIterator]();
    await chunks.next();
    await chunks.return?.();
    expect(isOver).toBe(true);
    expect(meter.share()).toBe(0);
  });
});
