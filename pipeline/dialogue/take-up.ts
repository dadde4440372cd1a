/** What is said first when a conversation is taken up in the middle of a call. Pure. */
import { Speaker } from '../speech/speaker.ts';
import { cardById, phrase, type Hotline } from './hotline.ts';
import type { Resumption } from './resume-point.ts';
import type { Saying, Sayings } from './sayings.ts';

export interface TakenUp {
  readonly saying: Saying;
  /** The whole answer that goes on: what "say it again" repeats. */
  readonly repeatable?: readonly string[];
}

/** What was not heard of an answer is said now; where nothing is left of it, the caller is asked to say it again. */
export function takeUp({ why, from }: Resumption, hotline: Hotline, sayings: Sayings): TakenUp {
  if (why === 'not-reached') return { saying: sayings.phrase('transfer-failed', 'transfer-failed') };
  // Who was asked to wait needs no apology, and knows what they were about to say.
  const isExpected = why === 'held';
  const card = from?.saying && cardById(hotline, from.saying.cardId);
  if (!card) return { saying: floorIsYours(isExpected, hotline, sayings) };
  const repeatable = [card.answer];
  const { language } = hotline.pack;
  const { heardPieces } = from.saying;
  const pieces = Speaker.piecesOf(card.answer, language);
  const rest = pieces.slice(heardPieces);
  if (rest.length === 0) return { saying: floorIsYours(isExpected, hotline, sayings), repeatable };
  const texts = isExpected ? rest : sayings.phrase('resumed', 'resumed', rest).texts;
  const leadIn = isExpected ? 0 : Speaker.piecesOf(phrase(hotline, 'resumed'), language).length;
  // Behind the lead-in the answer may be cut otherwise than before. Counted so that a piece may be said twice, but none is lost.
  const fromEnd = pieces.length - Speaker.piecesOf(texts.join(' '), language).length;
  const pieceOffset = Math.min(fromEnd, heardPieces - leadIn);
  const reply = { source: 'card', intent: 'resumed', cardId: card.id, endsCall: false, pieceOffset } as const;
  return { saying: { reply, texts }, repeatable };
}

function floorIsYours(isExpected: boolean, hotline: Hotline, sayings: Sayings): Saying {
  return isExpected
    ? sayings.phrase('help', 'resumed')
    : sayings.phrase('resumed', 'resumed', [phrase(hotline, 'ask-again')]);
}
