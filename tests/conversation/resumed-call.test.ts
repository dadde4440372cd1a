import { describe, expect, it } from 'vitest';
import { decodeResumePoint, encodeResumePoint } from '#pipeline/dialogue/resume-point.ts';
import { Sayings } from '#pipeline/dialogue/sayings.ts';
import { takeUp } from '#pipeline/dialogue/take-up.ts';
import { Speaker } from '#pipeline/speech/speaker.ts';
import { answerOf, hotline, ScriptedCall } from './scripted-call.ts';

const BIRTH = 'Ndingawana sei chitupa chekuberekwa?';
const CARD = 'chitupa-chekuberekwa';
const phraseOf = (id: string): string => hotline.phrases.get(id)!.text;
const pieces = Speaker.piecesOf(answerOf(CARD), hotline.pack.language);

/** A call whose process dies while it says its answer, after so many pieces of it were heard. */
async function diesAfter(heardPieces: number): Promise<ScriptedCall> {
  const call = new ScriptedCall({ heard: [BIRTH] });
  await call.untilSaid();
  await call.say(1800);
  await call.until(() => call.points.at(-1)?.saying?.heardPieces === heardPieces);
  return call;
}

/** What travels with the call: the point as text, as the next process reads it. */
function travelled(call: ScriptedCall): ScriptedCall {
  const from = decodeResumePoint(encodeResumePoint(call.points.at(-1)!));
  return new ScriptedCall({ heard: [BIRTH], circumstances: { resumption: { why: 'lost', from } } });
}

describe('a call that another process takes up', () => {
  it.each([0, 1, 3])('goes on with what was not heard of the answer, after %i pieces', async (heardPieces) => {
    const next = travelled(await diesAfter(heardPieces));
    const said = await next.untilSaid();
    expect(said).toMatchObject({ source: 'card', cardId: CARD, isComplete: true });
    expect(said.text).toBe([phraseOf('resumed'), ...pieces.slice(heardPieces)].join(' '));
    expect(next.all('agent-said').length).toBe(1);
  });

  it('counts on in the answer when it dies a second time', async () => {
    const next = travelled(await diesAfter(2));
    await next.until(() => (next.points.at(-1)?.saying?.heardPieces ?? 0) >= 4);
    const third = travelled(next);
    const said = await third.untilSaid();
    const again = next.points.at(-1)!.saying!.heardPieces;
    expect(said.text).toBe([phraseOf('resumed'), ...pieces.slice(again)].join(' '));
  });

  it.each(hotline.cards.map(({ id }) => id))('loses no piece of an answer that is interrupted twice: %s', (cardId) => {
    const all = Speaker.piecesOf(answerOf(cardId), hotline.pack.language);
    for (let heardPieces = 0; heardPieces < all.length; heardPieces++) {
      const { saying } = takeUp(
        { why: 'lost', from: { turn: 1, saying: { cardId, heardPieces } } },
        hotline,
        new Sayings(hotline),
      );
      const said = Speaker.piecesOf(saying.texts.join(' '), hotline.pack.language);
      for (let heard = 0; heard <= said.length; heard++) {
        const counted = Math.max(0, (saying.reply.pieceOffset ?? 0) + heard);
        // What the next process would say, and what was really heard of this one, are together the whole answer.
        const together = said.slice(0, heard).join(' ') + ' ' + all.slice(counted).join(' ');
        for (const piece of all.slice(heardPieces)) expect(together).toContain(piece);
      }
    }
  });

  it('asks again when the caller had the floor', async () => {
    const call = new ScriptedCall({ heard: [BIRTH] });
    await call.untilSaid();
    await call.pass(500);
    const said = await travelled(call).untilSaid();
    expect(said.text).toBe(`${phraseOf('resumed')} ${phraseOf('ask-again')}`);
  });

  it('answers on as if nothing had happened, repeats included', async () => {
    const call = await diesAfter(1);
    const from = call.points.at(-1)!;
    const next = new ScriptedCall({
      heard: ['Dzokororai ndapota'],
      circumstances: { resumption: { why: 'lost', from } },
    });
    await next.untilSaid();
    await next.say(1200);
    expect((await next.untilSaid()).text).toBe(answerOf(CARD));
    expect(next.all('speech-start')[0]?.turn).toBe(from.turn + 1);
  });

  it('says that nobody was reached when it comes back from a transfer', async () => {
    const next = new ScriptedCall({ circumstances: { resumption: { why: 'not-reached' } } });
    expect((await next.untilSaid()).text).toBe(phraseOf('transfer-failed'));
  });
});

describe('a caller who was on hold', () => {
  it('hears the rest of the answer without an apology', async () => {
    const call = await diesAfter(1);
    const from = call.points.at(-1)!;
    const next = new ScriptedCall({ circumstances: { resumption: { why: 'held', from } } });
    expect((await next.untilSaid()).text).toBe(pieces.slice(1).join(' '));
  });

  it('is asked what it may be when nothing was being said', async () => {
    const next = new ScriptedCall({ circumstances: { resumption: { why: 'held' } } });
    expect((await next.untilSaid()).text).toBe(phraseOf('help'));
  });
});

describe('a caller who wants a person', () => {
  it('hears that they are put through, and the call ends as transferred', async () => {
    const call = new ScriptedCall({ heard: ['Ndinoda kutaura nemunhu'], circumstances: { canTransfer: true } });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('transferring'));
    await call.until(() => call.endedWith !== undefined);
    expect(call.endedWith).toEqual({ result: 'success', reason: 'transferred' });
  });

  it('is not put through when they speak into that sentence', async () => {
    const call = new ScriptedCall({
      heard: ['Ndinoda kutaura nemunhu', BIRTH],
      circumstances: { canTransfer: true },
    });
    await call.untilSaid();
    await call.say(1500);
    await call.until(() => call.all('first-frame-sent').length === 2);
    await call.pass(900);
    await call.say(1500);
    const answer = await call.untilSaid();
    expect(answer).toMatchObject({ cardId: CARD });
    expect(call.endedWith).toBeUndefined();
  });

  it.each([120, 160, 190, 220])(
    'who speaks on %i ms before its end is not put through, not even after goodbye',
    async (ms) => {
      const asksForPerson = async (): Promise<ScriptedCall> => {
        const heard = ['Ndinoda kutaura nemunhu', 'Chisarai zvakanaka.'];
        const call = new ScriptedCall({ heard, circumstances: { canTransfer: true } });
        await call.untilSaid();
        await call.say(1500);
        await call.until(() => call.all('first-frame-sent').length === 2);
        return call;
      };
      const { heardMs } = await (await asksForPerson()).untilSaid();
      const call = await asksForPerson();
      await call.pass(call.all('first-frame-sent')[1]!.atMs + heardMs - ms - call.clock.nowMs());
      await call.say(1200);
      await call.until(() => call.endedWith !== undefined);
      expect(call.endedWith).toEqual({ result: 'success', reason: 'conversation-finished' });
    },
  );

  it('is told the number where calls cannot be put through', async () => {
    const call = new ScriptedCall({ heard: ['Ndinoda kutaura nemunhu'] });
    await call.untilSaid();
    await call.say(1500);
    expect((await call.untilSaid()).text).toBe(phraseOf('human-number'));
  });
});

describe('a resume point', () => {
  it.each(['', '2.1...', '1.x...', '1.1.A b..', '1.1..card.99999', `1.1.${'a'.repeat(300)}..`, '1.1..a.1.b'])(
    'that is none begins the conversation anew: %s',
    (text) => {
      expect(decodeResumePoint(text)).toBeUndefined();
    },
  );

  it('holds no word of anybody and passes through a URL as it is', () => {
    const text = encodeResumePoint({ turn: 3, lastCardId: CARD, saying: { cardId: CARD, heardPieces: 2 } });
    expect(text).toBe(`1.3.${CARD}.${CARD}.2`);
    expect(encodeURIComponent(text)).toBe(text);
  });
});
