/** Turns of synthetic Shona callers with known ends: plain ones, and the same cut by pauses of 300 to 1,200 ms. */
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { muLaw } from '#telephony/codec/g711.ts';
import { outOfDomain, sentencesOf, type Manner } from './card-observations.ts';
import type { TelephoneSpeech } from './telephone-speech.ts';

export const RATE_HZ = 8000;

/**
 * `plain`: no pause. `word`: cut inside the sentence, as at a hesitation. `clause`: a statement or a greeting, then the
 * question. `digits`: a telephone number in groups. `other`: what no card answers, every second one cut inside.
 */
export const TURN_KINDS = ['plain', 'word', 'clause', 'digits', 'other'] as const;
export type TurnKind = (typeof TURN_KINDS)[number];

export interface CallerTurn {
  readonly id: string;
  readonly kind: TurnKind;
  readonly text: string;
  /** Silence, the turn with its pauses, silence; as it came out of a mu-law line. */
  readonly pcm: Int16Array;
  /** True speech in milliseconds of `pcm`, pauses between: the last one's end is the end of the turn. */
  readonly pieces: readonly { readonly startMs: number; readonly endMs: number }[];
  /** The digits that the agent has asked for, where it has. */
  readonly expectedDigits: number | undefined;
}

/** Voices of the callers: pace, pitch and noise under them; every tenth turn has its own. */
const MANNERS: readonly Manner[] = [
  { name: 'plain', speakingRate: 1, pitch: 1, noise: 8 },
  { name: 'slow', speakingRate: 0.85, pitch: 0.92, noise: 8 },
  { name: 'high', speakingRate: 1.05, pitch: 1.14, noise: 40 },
  { name: 'fast', speakingRate: 1.2, pitch: 1.05, noise: 20 },
];

const LEAD_MS = 400;
/** Behind the turn: longer than any policy waits. */
const TAIL_MS = 2400;
const SHORTEST_PAUSE_MS = 300;
const LONGEST_PAUSE_MS = 1200;
const GREETINGS = ['Mhoroi,', 'Masikati,', 'Makadii,', 'Hello,', 'Ehe,', 'Hongu,'];
const SITUATIONS = [
  'Mwana wangu ari kupisa muviri,',
  'Ndine mudzimai ane pamuviri,',
  'Ndanga ndichida kubvunza,',
  'Ndinogara kuChitungwiza,',
  'Amai vangu vanorwara neshuga,',
  'Ndakatadza kuuya nezuro,',
];

export interface CallersOptions {
  readonly hotline: Hotline;
  readonly speech: TelephoneSpeech;
  /** Turns of each kind. */
  readonly count: number;
  readonly seed: number;
  /** Table of sentences that no card answers; without it the small talk of the pack. */
  readonly other: string | undefined;
}

/** The same turns for the same options, one after the other. */
export async function* callerTurns(options: CallersOptions): AsyncGenerator<CallerTurn> {
  const random = seeded(options.seed);
  const { hotline, speech, count } = options;
  const { language } = hotline.pack;
  const said = sentencesOf(hotline).map((sentence) => sentence.said);
  const questions = said.filter((text) => text.split(' ').length >= 3 && !text.startsWith('-'));
  const smallTalk = hotline.pack.baseModel.smallTalk.map(({ caller }) => caller);
  const other =
    options.other === undefined ? smallTalk : outOfDomain(options.other, 120).map((sentence) => sentence.said);
  const speak = (text: string, manner: Manner): Promise<Int16Array> => speech.speak(language.speakable(text), manner);
  for (let at = 0; at < count; at++) {
    for (const kind of TURN_KINDS) {
      const manner = pick(MANNERS, random);
      const text = kind === 'other' ? pick(other, random) : pick(kind === 'plain' ? said : questions, random);
      let parts: readonly Int16Array[];
      let words = text;
      let expectedDigits: number | undefined;
      if (kind === 'clause') {
        const before = pick(at % 2 === 0 ? GREETINGS : SITUATIONS, random);
        words = `${before} ${text}`;
        parts = [await speak(before, manner), await speak(text, manner)];
      } else if (kind === 'digits') {
        const groups = Array.from({ length: 3 }, (_, group) =>
          Array.from({ length: group === 0 ? 4 : 3 }, () => String(Math.floor(random() * 10))).join(' '),
        );
        words = groups.join(', ');
        expectedDigits = at % 2 === 0 ? 10 : undefined;
        parts = await Promise.all(
          groups.map(async (group, index) => trimmed(await speak(index < 2 ? `${group},` : group, manner))),
        );
      } else {
        const whole = await speak(text, manner);
        const isCut = kind === 'word' || (kind === 'other' && at % 2 === 1);
        parts = isCut ? cutAtWord(whole, text, random) : [whole];
      }
      yield {
        id: `${options.seed}-${at}-${kind}`,
        kind,
        text: words,
        expectedDigits,
        ...onLine(parts, manner, random),
      };
    }
  }
}

function onLine(
  parts: readonly Int16Array[],
  manner: Manner,
  random: () => number,
): Pick<CallerTurn, 'pcm' | 'pieces'> {
  const pieces: { startMs: number; endMs: number }[] = [];
  const placed: { readonly from: number; readonly pcm: Int16Array }[] = [];
  let at = samplesOf(LEAD_MS);
  for (const [index, part] of parts.entries()) {
    if (index > 0) at += samplesOf(SHORTEST_PAUSE_MS + random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
    const pcm = trimmed(part);
    placed.push({ from: at, pcm });
    pieces.push({ startMs: msOf(at), endMs: msOf(at + pcm.length) });
    at += pcm.length;
  }
  const line = new Int16Array(at + samplesOf(TAIL_MS));
  for (const { from, pcm } of placed) line.set(pcm, from);
  for (let i = 0; i < line.length; i++) line[i] = (line[i] ?? 0) + gaussian(random) * manner.noise;
  const wire = new Uint8Array(line.length);
  muLaw.encodeInto(wire, line);
  muLaw.decodeInto(line, wire);
  return { pcm: line, pieces };
}

/** Cut in two at the quietest point near a boundary of words, neither part shorter than a quarter of a second. */
function cutAtWord(pcm: Int16Array, text: string, random: () => number): readonly Int16Array[] {
  const words = text.split(' ');
  if (words.length < 2) return [pcm];
  const after = 1 + Math.floor(random() * (words.length - 1));
  const share = words.slice(0, after).join('').length / words.join('').length;
  const body = trimmed(pcm);
  const margin = samplesOf(250);
  const middle = Math.round(share * body.length);
  const window = samplesOf(16);
  let [best, quietest] = [middle, Number.POSITIVE_INFINITY];
  for (let at = middle - samplesOf(120); at <= middle + samplesOf(120); at += 16) {
    if (at < margin || at > body.length - margin) continue;
    const energy = body.subarray(at - window / 2, at + window / 2).reduce((sum, value) => sum + value * value, 0);
    if (energy < quietest) [best, quietest] = [at, energy];
  }
  if (quietest === Number.POSITIVE_INFINITY) return [pcm];
  return [body.slice(0, best), body.slice(best)];
}

/** Without the silence that the voice puts around a text: what is below a hundredth of the loudest sample. */
function trimmed(pcm: Int16Array): Int16Array {
  const loudest = pcm.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const isHeard = (value: number): boolean => Math.abs(value) > Math.max(60, loudest / 50);
  const first = pcm.findIndex(isHeard);
  const last = pcm.findLastIndex(isHeard);
  return first < 0 ? pcm.slice(0, 0) : pcm.slice(first, last + 1);
}

const samplesOf = (ms: number): number => Math.round((ms * RATE_HZ) / 1000);
const msOf = (samples: number): number => (samples * 1000) / RATE_HZ;

function pick<T>(from: readonly T[], random: () => number): T {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

/** Park and Miller's generator; values in (0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}
