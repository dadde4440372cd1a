/** The first seconds of a call that we placed: whoever picks up is let say hello, and a machine is told from a person. */
import type { Clock } from '#kernel/clock.ts';
import type { AnsweringEar } from './answering-ear.ts';

/** People say "hello" within a second of picking up; who says nothing is spoken to. */
const FIRST_WORDS_MS = 1_500;
const LONGEST_FIRST_WORDS_MS = 6_000;
const POLL_MS = 40;
/** Behind the end of a machine's words; then the message is spoken all the same. */
const BEEP_WITHIN_MS = 4_000;

interface Scope {
  readonly signal: AbortSignal;
}

/** Resolves when the first words are over or none came; rejects when they take the floor: then they are heard as a turn. */
export async function firstWords(ear: AnsweringEar, clock: Clock, { signal }: Scope): Promise<void> {
  const fromMs = clock.nowMs();
  for (;;) {
    const waitedMs = clock.nowMs() - fromMs;
    if (ear.hasHeardSound ? !ear.isSounding || waitedMs > LONGEST_FIRST_WORDS_MS : waitedMs > FIRST_WORDS_MS) return;
    await clock.sleep(POLL_MS, { signal });
  }
}

/** Resolves with the beep, or when it does not come. */
export async function beep(ear: AnsweringEar, clock: Clock, { signal }: Scope): Promise<void> {
  const untilMs = clock.nowMs() + BEEP_WITHIN_MS;
  while (!ear.hasBeeped && clock.nowMs() < untilMs) await clock.sleep(POLL_MS, { signal });
}
