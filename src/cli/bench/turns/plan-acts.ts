/** Draws the single acts of a plan: which words, which sounds, and when. */
import { InzwaError } from '#kernel/errors.ts';
import { ENDPOINTING_POLICY } from '#pipeline/listening/endpointer.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { seededRandom } from '../statistics.ts';
import { dictatedGroups, type CallerWords } from './caller-words.ts';
import type { PlannedAct, Sound } from './planned-call.ts';

type Noise = 'vocal-tic' | 'side-speech' | 'television';

/** Shorter answers may be over before they are talked into: 100 letters last about seven seconds. */
const LEAST_LONG_LETTERS = 110;
const PAUSE_MS = [300, 1_200] as const;
const DICTATION_GAP_MS = [350, 1_200] as const;
const INTERRUPTS_AFTER_MS = [300, 3_000] as const;
const OVER_GREETING_AFTER_MS = [300, 3_000] as const;
/** Under one answer: the first one, and those behind it. */
const UNDER_AFTER_MS = [
  [500, 2_000],
  [2_200, 3_600],
] as const;
/** What people take to answer, when it is their turn. */
const THINKING_MS = [250, 900] as const;
const QUIET_AFTER_MS = [300, 1_500] as const;
const SILENCE_MS = [4_000, 14_000] as const;
/** The voice's own silence at the cut comes on top: the whole stays under 300 ms. */
const FALSE_START_STOP_MS = [80, 240] as const;
/** Pauses are made in sentences that have room for them on both sides. */
const LEAST_LETTERS_WITH_PAUSE = 22;
const TWO_PAUSES_SHARE = 0.25;
/** Longer than anybody who hears an answer at the limit of an utterance has to go on for. */
const ENDLESS_SECONDS = ENDPOINTING_POLICY.maxUtteranceMs / 1_000 + 7;
const ENDLESS_SENTENCES = 4;

export class ActMaker {
  /** The noises that there are words or sounds for. */
  readonly noises: readonly Noise[];
  readonly canDictate: boolean;
  readonly canTalkSmall: boolean;
  readonly #words: CallerWords;
  readonly #random: () => number;
  readonly #question: () => string;
  readonly #longQuestion: () => string;
  readonly #pausable: () => string;
  readonly #smallTalk: () => string;

  constructor(hotline: Hotline, words: CallerWords, random: () => number) {
    this.#words = words;
    this.#random = random;
    const cards = hotline.cards.filter(({ isEmergency }) => !isEmergency);
    const questions = cards.flatMap((card) => card.questions);
    const long = cards.filter(({ answer }) => answer.length >= LEAST_LONG_LETTERS).flatMap((card) => card.questions);
    const pausable = questions.filter((text) => text.length >= LEAST_LETTERS_WITH_PAUSE && text.includes(' '));
    if (long.length === 0 || pausable.length === 0) {
      throw new InzwaError(
        'INZWA_CONFIG_INVALID',
        `hotline ${hotline.id} has no answer that is long enough to talk into`,
      );
    }
    this.#question = rounds(questions, random);
    this.#longQuestion = rounds(long, random);
    this.#pausable = rounds(pausable, random);
    this.#smallTalk = rounds(words.smallTalk, random);
    this.noises = words.aside.length > 0 ? ['vocal-tic', 'side-speech', 'television'] : ['vocal-tic', 'television'];
    this.canDictate = words.beforeNumber.length > 0;
    this.canTalkSmall = words.smallTalk.length > 0;
  }

  question(): PlannedAct {
    return this.#spoken('turn', this.#question());
  }

  /** Its answer is long enough to talk into. */
  longQuestion(): PlannedAct {
    return this.#spoken('turn', this.#longQuestion());
  }

  withPauses(): PlannedAct {
    const text = this.#pausable();
    const shares =
      this.#random() < TWO_PAUSES_SHARE && text.length > 2 * LEAST_LETTERS_WITH_PAUSE ? [0.33, 0.67] : [0.5];
    const pauses = shares.map((share) => ({
      afterShare: share + (this.#random() - 0.5) * 0.2,
      ms: this.#whole(PAUSE_MS),
    }));
    return this.#act('turn-with-pauses', { kind: 'speech', text, pauses }, true, this.#whole(THINKING_MS));
  }

  dictation(): PlannedAct {
    const groups = dictatedGroups(seededRandom(this.#seed() * 7_919));
    const gapsMs = groups.map(() => this.#whole(DICTATION_GAP_MS));
    const lead = this.#oneOf(this.#words.beforeNumber);
    return this.#act('dictation', { kind: 'dictation', lead, groups, gapsMs }, true, this.#whole(THINKING_MS));
  }

  doubleStart(): PlannedAct {
    const falseStart = { words: 1 + Math.floor(this.#random() * 2), stopMs: this.#whole(FALSE_START_STOP_MS) };
    const sound: Sound = { kind: 'speech', text: this.#pausable(), falseStart };
    return this.#act('double-start', sound, true, this.#whole(THINKING_MS));
  }

  smallTalk(): PlannedAct {
    return this.#spoken('small-talk', this.#smallTalk());
  }

  /** Of small talk where there is some: a card's whole question is an end of turn behind the shortest silence. */
  endless(): PlannedAct {
    const next = this.canTalkSmall ? this.#smallTalk : this.#pausable;
    const texts = Array.from({ length: ENDLESS_SENTENCES }, next);
    return this.#act('endless', { kind: 'endless', texts, seconds: ENDLESS_SECONDS }, true, this.#whole(THINKING_MS));
  }

  overGreeting(): PlannedAct {
    return this.#spoken('over-greeting', this.#question(), this.#whole(OVER_GREETING_AFTER_MS));
  }

  /** A new question, one behind a word that takes the floor, or that word alone, after which nobody need say anything. */
  interruption(): PlannedAct {
    const afterMs = this.#whole(INTERRUPTS_AFTER_MS);
    const kind = this.#random();
    if (kind < 0.55 || this.#words.interrupts.length === 0)
      return this.#spoken('interruption', this.#question(), afterMs);
    const word = capitalised(this.#oneOf(this.#words.interrupts));
    if (kind < 0.85) return this.#spoken('interruption', `${word}, ${uncapitalised(this.#question())}`, afterMs);
    return { ...this.#spoken('interruption', `${word}.`, afterMs), wantsAnswer: false };
  }

  backchannel(afterMs: number): PlannedAct {
    const { backchannels } = this.#words;
    const isHum = this.#random() < 0.3 || backchannels.length === 0;
    const sound: Sound = isHum
      ? { kind: 'hum', isDouble: this.#random() < 0.4, seed: this.#seed() }
      : {
          kind: 'speech',
          text: `${capitalised(this.#oneOf(backchannels))}.`,
          gainDb: -3 - Math.round(this.#random() * 6),
        };
    return this.#act('backchannel', sound, false, afterMs);
  }

  noise(name: Noise, afterMs: number): PlannedAct {
    return this.#act(name, this.#noiseSound(name), false, afterMs);
  }

  underMs(nth: number): number {
    return this.#whole(UNDER_AFTER_MS[nth === 0 ? 0 : 1]);
  }

  quietMs(): number {
    return this.#whole(QUIET_AFTER_MS);
  }

  silenceMs(): number {
    return this.#whole(SILENCE_MS);
  }

  #noiseSound(name: Noise): Sound {
    switch (name) {
      case 'vocal-tic':
        return { kind: this.#oneOf(['cough', 'cough', 'knock', 'burst', 'breath']), seed: this.#seed() };
      case 'side-speech':
        return { kind: 'aside', text: this.#oneOf(this.#words.aside), gainDb: -8 - Math.round(this.#random() * 7) };
      case 'television':
        return {
          kind: 'television',
          seed: this.#seed(),
          seconds: 3 + Math.round(this.#random() * 3),
          gainDb: -10 - Math.round(this.#random() * 6),
        };
    }
  }

  #spoken(name: PlannedAct['class'], text: string, afterMs = this.#whole(THINKING_MS)): PlannedAct {
    return this.#act(name, { kind: 'speech', text }, true, afterMs);
  }

  #act(name: PlannedAct['class'], sound: Sound, wantsAnswer: boolean, afterMs: number): PlannedAct {
    return { class: name, sound, wantsAnswer, afterMs };
  }

  /** Few, so that sounds are made once and used often. */
  #seed(): number {
    return 1 + Math.floor(this.#random() * 24);
  }

  #whole([least, most]: readonly [number, number]): number {
    return Math.round(least + (most - least) * this.#random());
  }

  #oneOf<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new RangeError('nothing to choose from');
    return item;
  }
}

/** Draws without repetition, and starts a new shuffled round when all are used. */
function rounds(items: readonly string[], random: () => number): () => string {
  let left: string[] = [];
  return () => {
    if (left.length === 0) left = [...items];
    const [drawn] = left.splice(Math.floor(random() * left.length), 1);
    return drawn ?? '';
  };
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const uncapitalised = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
