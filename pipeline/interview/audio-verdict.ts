/** Whether what the audio is likest to may be taken for what was said, and whether it is read back first. Pure. */
import type { Transcript } from '../ports.ts';
import type { Wish } from './flow-state.ts';
import type { Weighed } from './weighed-forms.ts';

type Verdict = 'sure' | 'read-back' | undefined;

interface Limits {
  /** Of `sureness`, and of the lead. */
  readonly sure: number;
  readonly sureLead: number;
  readonly readBack: number;
  readonly readBackLead: number;
}

/**
 * Chosen on half of what tests/bench/interview-answers.ts says (one synthetic voice in three manners, mu-law, with and without
 * noise): there nobody's cough, room or sentence about something else came above -0.4 as a yes or a no, nor above 0.7 as a
 * number, and no wrong number led by 0.6.
 */
const AUDIO_LIMITS = {
  yesNo: { sure: -0.2, sureLead: 0.35, readBack: -0.8, readBackLead: 0.4 },
  /** "Ehe", where the transcript looks like it. */
  shortYesNo: { sure: 0.2, sureLead: 0.6, readBack: Infinity, readBackLead: Infinity },
  choice: { sure: 0.5, sureLead: 0.6, readBack: -0.6, readBackLead: 0.3 },
  number: { sure: 1.5, sureLead: 1, readBack: -0.7, readBackLead: 0.25 },
  wish: { sure: Infinity, sureLead: Infinity, readBack: -0.2, readBackLead: 0.6 },
} as const satisfies Record<string, Limits>;

/** From here on nothing but the answer sounds so, however it was written down; a yes may be a consent. */
const UNMISTAKABLE = { yes: 1, other: 0.5 } as const;
/** What the recogniser takes for no speech must be likelier than this. */
const IN_NO_SPEECH = 0.1;
/** A person is asked for in few words of which nothing else reminds. */
const HUMAN = { readBack: -0.9, readBackLead: 0.6 } as const;
/** Wishes that end the call for good, or that nobody would miss, are only taken from words. */
const BY_AUDIO: ReadonlySet<Wish> = new Set(['opt-out', 'later', 'human', 'repeat', 'slower', 'unknown']);

/** So many times longer than its form an utterance may be: "aiwa" in front of a sentence is no plain no. */
const LONGEST_RATIO = 4;
/** And so much shorter: a cough of 200 ms is no "hongu hongu". */
const SHORTEST_RATIO = 0.5;
/** Numbers of several words that differ in the last lead by little, and are read back. */
const LIKELY_NUMBER = 1;

/** Wishes are never `sure`: what of them does harm is read back. */
export function verdictOf(weighed: Weighed, { text, doubt }: Transcript): Verdict {
  const { form, worth, lead, timesLonger } = weighed;
  const { means, isShort } = form;
  if (means.kind === 'other') return undefined;
  const sureness = worth + lead / 2;
  if (means.kind === 'wish') {
    const { readBack, readBackLead } = means.wish === 'human' ? HUMAN : AUDIO_LIMITS.wish;
    return BY_AUDIO.has(means.wish) && sureness >= readBack && lead >= readBackLead ? 'read-back' : undefined;
  }
  if (timesLonger < SHORTEST_RATIO) return undefined;
  const isNoSpeech = doubt === 'no-speech' || doubt === 'empty';
  if (isNoSpeech && sureness < IN_NO_SPEECH) return undefined;
  const unmistakable = means.value === true ? UNMISTAKABLE.yes : UNMISTAKABLE.other;
  if (!isShort && sureness < unmistakable && !isSpoken(text)) return undefined;
  const limits =
    isShort && typeof means.value === 'boolean' ? AUDIO_LIMITS.shortYesNo : AUDIO_LIMITS[kindOf(means.value)];
  const isSure = sureness >= limits.sure && lead >= limits.sureLead;
  if (isSure) return timesLonger <= LONGEST_RATIO ? 'sure' : 'read-back';
  if (typeof means.value === 'number' && sureness >= LIKELY_NUMBER) return 'read-back';
  return sureness >= limits.readBack && lead >= limits.readBackLead ? 'read-back' : undefined;
}

function kindOf(value: boolean | number | string): 'yesNo' | 'number' | 'choice' {
  return typeof value === 'boolean' ? 'yesNo' : typeof value === 'number' ? 'number' : 'choice';
}

/** Two syllables of three letters at least: coughs are written "1 2 1", "m m m", "Heng", "hihihi". */
function isSpoken(text: string): boolean {
  const [first = ''] = text.toLowerCase().split(/[.!?,]+/u);
  const syllables = first.match(/[^\P{L}bcdfghjklmnpqrstvwxyz]+/gu) ?? [];
  return syllables.length >= 2 && new Set(first.match(/\p{L}/gu)).size >= 3;
}
