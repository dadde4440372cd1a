/**
 * Where a conversation stands, small enough to travel with the call (a channel variable of the telephone switch) and so to
 * outlive the process that holds the conversation. It names cards and counts; it holds no word of anybody.
 */

export interface ResumePoint {
  /** Caller turns begun so far. */
  readonly turn: number;
  /** The card that was answered last. */
  readonly lastCardId?: string;
  /** What the agent was saying; undefined: the caller had the floor, or it was nothing that can be taken up again. */
  readonly saying?: { readonly cardId: string; readonly heardPieces: number };
}

const VERSION = '1';
const ID = /^[a-z0-9-]*$/;
const LONGEST = 200;

/** Only letters, digits, `.` and `-`: it passes through URLs and dialplans as it is. At most 200 characters. */
export function encodeResumePoint({ turn, lastCardId, saying }: ResumePoint): string {
  return [VERSION, turn, lastCardId ?? '', saying?.cardId ?? '', saying?.heardPieces ?? ''].join('.');
}

/** Undefined for anything that `encodeResumePoint` has not written: then the conversation begins again. */
export function decodeResumePoint(text: string): ResumePoint | undefined {
  const [version, turn = '', lastCardId = '', cardId = '', heardPieces = '', ...more] = text.split('.');
  if (text.length > LONGEST || version !== VERSION || more.length > 0) return undefined;
  if (!/^\d{1,6}$/.test(turn) || !/^\d{0,4}$/.test(heardPieces) || !ID.test(lastCardId) || !ID.test(cardId)) {
    return undefined;
  }
  return {
    turn: Number(turn),
    ...(lastCardId !== '' && { lastCardId }),
    ...(cardId !== '' && { saying: { cardId, heardPieces: Number(heardPieces) } }),
  };
}

/** Why a conversation is taken up in the middle of a call. */
export interface Resumption {
  /** `lost`: the process that held it is gone. `not-reached`: the person the caller was put through to did not answer. `held`: it was on hold. */
  readonly why: 'lost' | 'not-reached' | 'held';
  /** Undefined: nobody remembers where it stood. */
  readonly from?: ResumePoint | undefined;
}
