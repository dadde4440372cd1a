/** A language model that is still being loaded when calls are taken already: what waits for it, and who is told how it went. */
import { onAbort } from '#kernel/abort.ts';
import { isInzwaError, messageOf } from '#kernel/errors.ts';
import type { DialogueEngine, DialogueRequest } from '../ports.ts';
import type { EngineNews } from './protocol.ts';

/** Tells once whether the model can be used; never rejects itself. A failure that has no code of ours is INZWA_DIALOGUE_MODEL. */
export async function tellOutcome(loading: Promise<unknown>, tell: (news: EngineNews) => void): Promise<void> {
  try {
    await loading;
  } catch (error) {
    const isOurs = isInzwaError(error);
    const code = isOurs ? error.code : 'INZWA_DIALOGUE_MODEL';
    const failure = { code, message: messageOf(error), isRetryable: isOurs && error.retryable };
    tell({ kind: 'degraded', what: 'llm', failure });
    return;
  }
  tell({ kind: 'loaded', what: 'llm' });
}

/** Waits for the model and streams its reply; throws the signal's reason at once, and what the load failed with. */
export async function* replyWhenLoaded(
  loading: Promise<DialogueEngine>,
  request: DialogueRequest,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<string> {
  const aborted = Promise.withResolvers<never>();
  // Without the second handler the rejection of an abort after the load would be nobody's.
  aborted.promise.catch(() => undefined);
  using _listening = onAbort(signal, () => aborted.reject(signal.reason));
  const engine = await Promise.race([loading, aborted.promise]);
  yield* engine.reply(request, { signal });
}
