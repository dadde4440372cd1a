/** What the agent is about to say, piece by piece, with its sound. */
import type { AnswerSource } from '../events.ts';

/** A clause or sentence and its audio, PCM16 at the call's rate. Pieces own their audio and never change it. */
export interface Piece {
  /** '' when this is more audio of the text before: speech begins before all of a clause is synthesised. */
  readonly text: string;
  readonly pcm: Int16Array;
  /** True when the audio was there before the turn began. */
  readonly isCached: boolean;
}

export interface Reply {
  readonly source: AnswerSource;
  readonly intent?: string;
  readonly cardId?: string;
  /** Where its first piece stands among the pieces of the card's whole answer; negative when words come before it. @defaultValue 0 */
  readonly pieceOffset?: number;
  /** The call ends when this has been said. */
  readonly endsCall: boolean;
  /** Whom the caller is put through to when this has been said; only with `endsCall`. */
  readonly handsTo?: 'human';
  /** In speaking order; each is made when it is asked for. Iterated once. */
  readonly pieces: AsyncIterable<Piece>;
}

/** A reply whose first piece exists: it can sound the moment the caller has finished. */
export interface ReadyReply extends Omit<Reply, 'pieces'> {
  readonly first: Piece;
  readonly rest: AsyncIterator<Piece>;
}

/** Waits for the first piece; undefined when the reply turns out to have nothing to say. */
export async function makeReady({ pieces, ...reply }: Reply): Promise<ReadyReply | undefined> {
  const rest = pieces[Symbol.asyncIterator]();
  const first = await rest.next();
  return first.done === true ? undefined : { ...reply, first: first.value, rest };
}

const ASKING_AGAIN: ReadonlySet<string | undefined> = new Set(['not-understood', 'offer-human']);

/** False for a reply that asks the caller to say it again, or offers a person because it was not understood. */
export function isUnderstood({ intent }: Pick<Reply, 'intent'>): boolean {
  return !ASKING_AGAIN.has(intent);
}
