/** Ctrl-C and SIGTERM as an AbortSignal, so that what is half done can be cleared away before the process ends. */
import { systemClock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';

/** A terminal, npm and a supervisor may each send the same signal once; only a later one means "now". */
const INSIST_MS = 1_000;

export interface Interrupt extends Disposable {
  /** Aborted with INZWA_CANCELLED by the first signal. */
  readonly signal: AbortSignal;
  /** What a shell expects after that signal: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP; undefined before. */
  readonly exitCode: number | undefined;
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Listens until disposed. A second signal, at least a second after the first, ends the process at once. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController();
  let first: { readonly atMs: number; readonly exitCode: number } | undefined;
  const onSignal = (name: keyof typeof EXIT_CODES): void => {
    const nowMs = systemClock.nowMs();
    if (first === undefined) {
      first = { atMs: nowMs, exitCode: EXIT_CODES[name] };
      controller.abort(new InzwaError('INZWA_CANCELLED', `stopped by ${name}`));
    } else if (nowMs - first.atMs > INSIST_MS) {
      process.exit(first.exitCode);
    }
  };
  for (const name of Object.keys(EXIT_CODES)) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return first?.exitCode;
    },
    [Symbol.dispose]() {
      for (const name of Object.keys(EXIT_CODES)) process.off(name, onSignal);
    },
  };
}
