/** One call at a telephone of a rehearsal, from the answer to its end. */
import type { Clock } from '#kernel/clock.ts';
import { isInzwaError } from '#kernel/errors.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { Caller, type Answered } from '../../demo/caller.ts';
import type { CallNotes } from './call-notes.ts';
import type { Conversation } from './conversation.ts';
import type { CallEars } from './ears.ts';

/** PCM16 at 8000 Hz of each text. */
export type VoiceOf = (text: string) => Int16Array;

export interface CallScope {
  readonly clock: Clock;
  readonly voiceOf: VoiceOf;
  readonly signal: AbortSignal;
}

const THINKING_MS = 400;
/** So much of a question is heard before it is talked into. */
const INTERRUPTS_AFTER_MS = 300;
/** Waits in vain before anybody hangs up; the line gives up much sooner. */
const MOST_SILENCES = 8;
const RATE_HZ = 8_000;

/** Resolves when the call is over. */
export async function talkAsPerson(
  phone: PhoneCall,
  ears: CallEars,
  notes: CallNotes,
  conversation: Conversation,
  { clock, voiceOf, signal }: CallScope,
): Promise<void> {
  const caller = new Caller(phone, { clock, signal });
  const stop = phone.onHeard(({ isSilent }) => {
    if (!isSilent) notes.audibleMs += 20;
  });
  const say = (text: string): Promise<Answered> => caller.say({ text, pcm: voiceOf(text) });
  let silences = 0;
  let was: Answered = 'answered';
  while (was !== 'call-over' && silences < MOST_SILENCES) {
    was = await caller.hearAnswerBegin();
    if (was === 'answered') {
      const cut = conversation.interruption(ears.speaking);
      if (cut?.kind === 'says') {
        notes.interrupted.tried += 1;
        await clock.sleep(INTERRUPTS_AFTER_MS, { signal });
        was = await say(cut.text);
        continue;
      }
      was = await caller.hearAnswerEnd();
    }
    silences = was === 'silence' ? silences + 1 : 0;
    if (was !== 'answered') continue;
    const act = conversation.reply(ears.take());
    if (act.kind === 'hangs-up') break;
    if (act.kind === 'says') was = await say(act.text);
    if (act.kind === 'presses') {
      await clock.sleep(THINKING_MS, { signal });
      await phone.sendDigits(act.keys);
    }
  }
  notes.hasHungUp = was !== 'call-over';
  phone.hangUp();
  await finish(phone, ears, notes, stop, clock);
  conversation.overhear(ears.take());
}

/** A greeting and a beep, and then nothing until somebody hangs up. */
export async function talkAsMachine(
  phone: PhoneCall,
  ears: CallEars,
  notes: CallNotes,
  greeting: Int16Array,
  { clock, signal }: Pick<CallScope, 'clock' | 'signal'>,
): Promise<void> {
  notes.isPlayedByMachine = true;
  const stop = phone.onHeard(({ isSilent }) => {
    if (!isSilent) notes.audibleMs += 20;
  });
  const cancel = clock.after(TAPE_MS, () => {
    notes.hasHungUp = true;
    phone.hangUp();
  });
  try {
    await phone.say(withBeep(greeting));
  } catch (error) {
    signal.throwIfAborted();
    // A line that knows a machine hangs up on it in the middle.
    if (!isInzwaError(error, 'INZWA_PHONE_CALL_OVER')) throw error;
  }
  await finish(phone, ears, notes, stop, clock);
  cancel();
}

/** No message is longer. */
const TAPE_MS = 60_000;
const BEEP = { hz: 1_000, ms: 500, amplitude: 9_000, afterMs: 300 } as const;

function withBeep(greeting: Int16Array): Int16Array {
  const from = greeting.length + (BEEP.afterMs * RATE_HZ) / 1_000;
  const beep = (BEEP.ms * RATE_HZ) / 1_000;
  const tape = new Int16Array(from + beep);
  tape.set(greeting);
  for (let n = 0; n < beep; n++) {
    tape[from + n] = BEEP.amplitude * Math.sin((2 * Math.PI * BEEP.hz * n) / RATE_HZ);
  }
  return tape;
}

/** The line's events of the last words may come a moment after the end. */
const LAST_EVENTS_MS = 500;

async function finish(
  phone: PhoneCall,
  ears: CallEars,
  notes: CallNotes,
  stop: () => void,
  clock: Clock,
): Promise<void> {
  await phone.ended;
  stop();
  await new Promise<void>((resolve) => clock.after(LAST_EVENTS_MS, resolve));
  notes.claimedMs = ears.heardMs;
  notes.interrupted.stopped = ears.bargeIns;
  notes.transcripts = ears.transcripts;
}
