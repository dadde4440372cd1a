/** What the yardstick's callers say, apart from the hotline's own questions. Test data, no timing. */
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { OUTSIDE_SENTENCES } from '../call-plan.ts';

/** The words of callers in one language; what is empty is left out of the calls. */
export interface CallerWords {
  /** "I am listening", said under the agent's speech. A hum without a word is made without this list. */
  readonly backchannels: readonly string[];
  /** What takes the floor, alone or before a question. */
  readonly interrupts: readonly string[];
  /** Said to somebody else in the room; none of it is a word of a class above. */
  readonly aside: readonly string[];
  /** Said before a number that is dictated. */
  readonly beforeNumber: readonly string[];
  /** No card answers it. */
  readonly smallTalk: readonly string[];
}

/**
 * Of words that a clinic's ear knows: plain Whisper writes most sentences from outside so badly that they are asked again, and
 * what the language model takes to answer would go unmeasured.
 */
const HEARD_SMALL_TALK = [
  'Mwana wangu ari kuchikoro.',
  'Mwana wangu anofarira bhora.',
  'Mwana wangu ari kutamba nevamwe.',
  'Mwana wangu ari kudzidza kuverenga.',
  'Mwana wangu anogara neni kumba.',
  'Mwana wangu ava nemakore mashanu.',
  'Ndinonamata svondo rega rega.',
  'Ndinoda kuenda kumusha mangwana.',
] as const;

const SHONA: CallerWords = {
  backchannels: ['ehe', 'hongu', 'eya', 'ehee', 'ya', 'hoo', 'okay', 'ndizvo', 'inga', 'ndanzwa'],
  interrupts: ['mira', 'mirai', 'imbomirai', 'aiwa', 'kwete', 'pamusoroi', 'zvakwana'],
  aside: [
    'Tinashe, vhara musuo.',
    'Ndiri kutaura pafoni.',
    'Huya nekapu iyo.',
    'Dzima redhiyo iyo mhani.',
    'Isa poto pamoto.',
    'Ndouya izvozvi.',
    'Enda unotamba panze.',
    'Bhazi ririkuuya here?',
    'Ndipewo penzura.',
    'Imbwa iri kupinda mumba.',
  ],
  beforeNumber: ['Nhamba yangu inoti', 'Nyorai nhamba yangu,', 'Foni yangu i'],
  smallTalk: [...OUTSIDE_SENTENCES, ...HEARD_SMALL_TALK],
};

/** Shona's are written by hand; another language has what its pack lists. */
export function callerWordsOf({ pack }: Hotline): CallerWords {
  if (pack.code === 'sn') return SHONA;
  const { backchannel, interrupt } = pack.classes;
  return {
    backchannels: backchannel.forms.slice(0, 8),
    interrupts: interrupt.forms.slice(0, 6),
    aside: [],
    beforeNumber: [],
    smallTalk: [],
  };
}

/** A telephone number as people dictate it: groups of digits that are read out one by one. */
export function dictatedGroups(random: () => number): readonly string[] {
  const digits = (count: number): string =>
    Array.from({ length: count }, () => String(Math.floor(random() * 10))).join('');
  return [`07${digits(1)}`, digits(3), digits(4)];
}
