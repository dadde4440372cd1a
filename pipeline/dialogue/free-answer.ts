/**
 * What the language model says when no card answers: streamed, cut into clauses, each checked by the guard before it is
 * spoken. A refused first clause means that there is no such answer; a later one ends it there.
 */
import type { Clock } from '#kernel/clock.ts';
import { TurnAborted } from '#kernel/abort.ts';
import type { DialogueEngine, DialogueRequest } from '../ports.ts';
import { USUAL_PACE } from '../speech/pace.ts';
import type { Speaker } from '../speech/speaker.ts';
import type { GuardReason, SpeechGuard } from './guard.ts';
import { makeReady, type Piece, type ReadyReply } from './reply.ts';

/** A model that has said nothing by then will not be waited for: the caller would hear silence. */
const FIRST_CLAUSE_TIMEOUT_MS = 2_500;

export interface FreeAnswerOptions {
  readonly engine: DialogueEngine;
  readonly guard: SpeechGuard;
  readonly speaker: Speaker;
  /** See `SayOptions`. */
  readonly pace?: number;
  readonly clock: Clock;
  readonly onRefused: (reason: GuardReason) => void;
  /** Told of the first clause that may be spoken, before its sound exists. */
  readonly onText: (text: string) => void;
}

/** Yields nothing when the model has nothing that may be said; throws what the engine throws, and the signal's reason. */
export async function* freeAnswer(
  request: DialogueRequest,
  options: FreeAnswerOptions,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<Piece> {
  const { guard, speaker, pace = USUAL_PACE, clock, onRefused, onText } = options;
  const spoken: string[] = [];
  const callerText = request.history.at(-1)?.text ?? '';
  const late = new AbortController();
  const cancel = clock.after(FIRST_CLAUSE_TIMEOUT_MS, () => late.abort(new TurnAborted('timeout')));
  try {
    for await (const clause of clausesOf(options, request, AbortSignal.any([signal, late.signal]))) {
      const verdict = guard.check(clause, { cards: request.cards, spoken, callerText });
      if (!verdict.ok) {
        onRefused(verdict.reason);
        return;
      }
      cancel();
      if (spoken.length === 0) onText(clause);
      spoken.push(clause);
      yield* speaker.sayOnce(clause, { signal, pace });
    }
  } catch (error) {
    // Too late for a first clause: the same as having nothing to say.
    if (!late.signal.aborted || signal.aborted) throw error;
  } finally {
    cancel();
  }
}

async function* clausesOf(
  { engine, speaker }: Pick<FreeAnswerOptions, 'engine' | 'speaker'>,
  request: DialogueRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const splitter = speaker.splitter();
  for await (const text of engine.reply(request, { signal })) yield* splitter.push(text);
  yield* splitter.flush();
}

/** A free answer under way before it is certain that it will be wanted. */
export interface BegunAnswer {
  /** The first clause that may be spoken, before its sound exists; undefined when there is none. Never rejects. */
  readonly firstText: Promise<string | undefined>;
  readonly reply: Promise<ReadyReply | undefined>;
  /** Nobody wants it any more. */
  abandon(): void;
}

/** Starts at once, beside whatever else is being found out; what it says is heard only when it is asked for. */
export function beginFreeAnswer(
  request: DialogueRequest,
  options: Omit<FreeAnswerOptions, 'onText'>,
  { signal }: { readonly signal: AbortSignal },
): BegunAnswer {
  const scope = new AbortController();
  const firstText = Promise.withResolvers<string | undefined>();
  const pieces = freeAnswer(
    request,
    { ...options, onText: (text) => firstText.resolve(text) },
    { signal: AbortSignal.any([signal, scope.signal]) },
  );
  const reply = makeReady({ source: 'llm', endsCall: false, pieces }).finally(() => firstText.resolve(undefined));
  // Whoever asks for the reply hears of a failure; an abandoned one fails unheard.
  reply.catch(() => undefined);
  return { firstText: firstText.promise, reply, abandon: () => scope.abort(new TurnAborted('superseded')) };
}
