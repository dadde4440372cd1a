/** All telephones of a rehearsal: whoever is rung does what they do, and everything is noted. */
import type { Interview } from '#pipeline/interview/script.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { CallNotes, type Became } from './call-notes.ts';
import { Conversation } from './conversation.ts';
import type { CallEars } from './ears.ts';
import type { InventedPerson } from './people.ts';
import { talkAsMachine, talkAsPerson, type CallScope } from './telephone.ts';
import { wordsOf } from './words.ts';

/** What a telephone does that is rung. */
export interface Ringing {
  readonly notes: CallNotes;
  readonly ringMs: number;
  readonly does: Became;
  /** With `answered`: resolves when the call is over. */
  readonly talk: (phone: PhoneCall, ears: CallEars) => Promise<void>;
}

export interface HouseholdOptions extends CallScope {
  readonly people: readonly InventedPerson[];
  readonly interview: Interview;
  /** Told when a telephone rings, and when that call is over. */
  readonly onChange?: (person: InventedPerson, notes: CallNotes) => void;
}

export class Household {
  readonly #options: HouseholdOptions;
  readonly #calls = new Map<string, CallNotes[]>();

  constructor(options: HouseholdOptions) {
    this.#options = options;
  }

  /** Of one number, in the order in which it was rung; numbers that are nobody's are kept as well. */
  callsTo(number: string): readonly CallNotes[] {
    return this.#calls.get(number) ?? [];
  }

  get numbersRung(): readonly string[] {
    return [...this.#calls.keys()];
  }

  ring(number: string): Ringing {
    const before = this.#calls.get(number) ?? [];
    const notes = new CallNotes(number, before.length + 1);
    this.#calls.set(number, [...before, notes]);
    const person = this.#options.people.find((each) => each.number === number);
    // Nobody has this number, and nobody should have called it.
    if (person === undefined) return { notes, ringMs: 0, does: 'busy', talk: () => Promise.resolve() };
    const does = behaviourOf(person, notes.no);
    this.#options.onChange?.(person, notes);
    const talk = async (phone: PhoneCall, ears: CallEars): Promise<void> => {
      await this.#talk(person, notes, phone, ears);
    };
    return { notes, ringMs: person.ringMs, does, talk };
  }

  /** To be told by the wire, when nothing more will be noted of a call. */
  ended(notes: CallNotes): void {
    const person = this.#options.people.find((each) => each.number === notes.number);
    if (person !== undefined) this.#options.onChange?.(person, notes);
  }

  async #talk(person: InventedPerson, notes: CallNotes, phone: PhoneCall, ears: CallEars): Promise<void> {
    const { interview, clock } = this.#options;
    if (person.kind === 'machine') {
      const greeting = this.#options.voiceOf(wordsOf(interview).greeting);
      await talkAsMachine(phone, ears, notes, greeting, this.#options);
      return;
    }
    const minutesTo = (when: string): number => minutesUntil(when, clock.wallMs(), interview.pack.timeZone);
    await talkAsPerson(phone, ears, notes, new Conversation(person, notes, { interview, minutesTo }), this.#options);
  }
}

function behaviourOf({ kind }: InventedPerson, no: number): Became {
  if (kind === 'no-answer') return 'no-answer';
  return kind === 'busy' && no === 1 ? 'busy' : 'answered';
}

const DAY_MINUTES = 24 * 60;

/** From now to the next such time of day in a text; Infinity where it names none. */
export function minutesUntil(text: string, nowMs: number, timeZone: string): number {
  const [, hour, minute] = /(\d{1,2}):(\d\d)/u.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return Infinity;
  const wall = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(nowMs);
  const [nowHour = 0, nowMinute = 0] = wall.split(':').map(Number);
  const away = Number(hour) * 60 + Number(minute) - (nowHour * 60 + nowMinute);
  return (away + DAY_MINUTES) % DAY_MINUTES;
}
