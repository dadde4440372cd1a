/** What people answer to the example interview's questions, what it means, and what they say there that is no answer. */
import type { AnswerValue } from '#pipeline/interview/script.ts';
import type { Wish } from '#pipeline/interview/flow-state.ts';

/** Where the interview stands: a stage, or the id of a question. */
export type Asked = 'consent' | 'manyoka' | 'varwere' | 'mvura' | 'vagari' | 'kiriniki';

export type SayingKind = 'consent' | 'yes-no' | 'number' | 'choice' | 'date' | 'wish' | 'no answer';

export interface Saying {
  readonly kind: SayingKind;
  readonly asked: Asked;
  readonly text: string;
  /** Undefined where nothing is answered; a date is only looked for, not compared, when it hangs on today. */
  readonly means:
    | { readonly answer: AnswerValue }
    | { readonly anyDate: true }
    | { readonly wish: Wish }
    /** A figure that lies beyond the range, or a date on the wrong side. */
    | undefined;
}

const YES = [
  'Hongu.',
  'Ehe.',
  'Ehee.',
  'Eya.',
  'Hungu.',
  'Hongu hongu.',
  'Ehe hongu.',
  'Hongu hangu.',
  'Ndizvo.',
  'Yes.',
];
const YES_CONSENT = [
  ...YES,
  'Hongu ndinobvuma.',
  'Ndinobvuma.',
  'Zvakanaka.',
  'Okay.',
  'Hongu, ndapota.',
  'Ehe ndinobvuma.',
];
const YES_SICK = [...YES, 'Hongu, varipo.', 'Ehe, aripo.', 'Hongu, mwana akarwara.', 'Hongu ndizvo.'];
const NO = ['Kwete.', 'Aiwa.', 'Aihwa.', 'Bodo.', 'Kwete kwete.', 'Aiwa kwete.', 'No.'];
const NO_CONSENT = [
  ...NO,
  'Kwete handidi.',
  'Handidi.',
  'Aiwa handidi.',
  'Handibvumi.',
  'Kwete ndatenda.',
  'Aiwa, handina nguva.',
];
const NO_SICK = [...NO, 'Hapana.', 'Kwete, hapana.', 'Aiwa hapana.', 'Hapana akarwara.'];

const PEOPLE = [
  'mumwe',
  'vaviri',
  'vatatu',
  'vana',
  'vashanu',
  'vatanhatu',
  'vanomwe',
  'vasere',
  'vapfumbamwe',
  'gumi',
] as const;
const COUNTED: readonly (readonly [string, number])[] = [
  ['Vanhu vana.', 4],
  ['Vanhu vatatu.', 3],
  ['Munhu mumwe.', 1],
  ['Munhu mumwe chete.', 1],
  ['Tiri vashanu.', 5],
  ['Tiri vatanhatu.', 6],
  ['Tinogara tiri vasere.', 8],
  ['Vaviri chete.', 2],
  ['Five.', 5],
  ['Three.', 3],
  ['Ten.', 10],
  ['Poshi.', 1],
  ['Motsi.', 1],
  ['Piri.', 2],
];

const CHOICES: readonly (readonly [string, string])[] = [
  ['Pombi.', 'pombi'],
  ['Yepombi.', 'pombi'],
  ['Kupombi.', 'pombi'],
  ['Tinoiwana kupombi.', 'pombi'],
  ['Imwe.', 'pombi'],
  ['Tsime.', 'tsime'],
  ['Yetsime.', 'tsime'],
  ['Mutsime.', 'tsime'],
  ['Tinoiwana kutsime.', 'tsime'],
  ['Mvura yemutsime.', 'tsime'],
  ['Rwizi.', 'rwizi'],
  ['Murwizi.', 'rwizi'],
  ['Yerwizi.', 'rwizi'],
  ['Tinoiwana kurwizi.', 'rwizi'],
  ['Tinochera murwizi.', 'rwizi'],
];

const DATES = [
  'Musi wa3 Kurume.',
  'Musi wa15 Ndira.',
  'Musi wa22 Chivabvu.',
  'Musi wa10 Gunyana 2025.',
  'Nezuro.',
  'NeMuvhuro.',
  'Svondo rapfuura.',
  'Mwedzi wapfuura.',
] as const;

const WISHES: readonly (readonly [string, Wish])[] = [
  ['Fonai gare gare.', 'later'],
  ['Ndifonerei mangwana.', 'later'],
  ['Handina nguva izvozvi.', 'later'],
  ['Ndiri kubasa.', 'later'],
  ['Musandifonere zvakare.', 'opt-out'],
  ['Musandifonerezve.', 'opt-out'],
  ['Handichadi kufonerwa.', 'opt-out'],
  ['Regai kundifonera.', 'opt-out'],
  ['Ndipeiwo munhu.', 'human'],
  ['Ndinoda kutaura nemunhu.', 'human'],
  ['Dzokororai ndapota.', 'repeat'],
  ['Handina kunzwa.', 'repeat'],
  ['Handizivi.', 'unknown'],
];

/** Neither an answer nor a wish; among it what sounds like one. */
const NO_ANSWER = [
  'Mvura yanaya nezuro.',
  'Mwana wangu arwara.',
  'Ndiani ari kutaura?',
  'Ndanga ndichida kubvunza.',
  'Zvichida mangwana.',
  'Iwe uya pano.',
  'Vhura gonhi.',
  'Regai nditarise.',
  'Baba havasi pamba.',
  'Mari yapera.',
  'Amai vari kubika sadza.',
  'Isa muto pamoto.',
  'Honai mota iyo.',
  'Hombarume.',
  'Mhm.',
  'Ko imi?',
];

/** The same in every run. */
export function interviewSayings(speakable: (text: string) => string): readonly Saying[] {
  const all = <T extends string>(
    texts: readonly T[],
    kind: SayingKind,
    asked: Asked,
    means: (text: T) => Saying['means'],
  ): Saying[] => texts.map((text) => ({ kind, asked, text, means: means(text) }));
  const number = (text: string, value: number, at: number): Saying => ({
    kind: 'number',
    asked: at % 2 === 0 ? 'varwere' : 'vagari',
    text,
    means: { answer: value },
  });
  return [
    ...all(YES_CONSENT, 'consent', 'consent', () => ({ answer: true })),
    ...all(NO_CONSENT, 'consent', 'consent', (text) =>
      text.includes('nguva') ? { wish: 'later' } : { answer: false },
    ),
    ...all(YES_SICK, 'yes-no', 'manyoka', () => ({ answer: true })),
    ...all(NO_SICK, 'yes-no', 'manyoka', () => ({ answer: false })),
    ...Array.from({ length: 30 }, (_, at) => number(`${speakable(String(at + 1))}.`, at + 1, at)),
    ...PEOPLE.map((text, at) => number(`${text}.`, at + 1, at + 1)),
    ...COUNTED.map(([text, value], at) => number(text, value, at)),
    ...CHOICES.map(([text, id]): Saying => ({ kind: 'choice', asked: 'mvura', text, means: { answer: id } })),
    ...all(DATES, 'date', 'kiriniki', () => ({ anyDate: true })),
    ...WISHES.flatMap(([text, wish], at): Saying[] => {
      // "I do not know" is no answer to the question for consent.
      const first: Asked = wish === 'unknown' ? 'manyoka' : 'consent';
      const second: Asked = at % 2 === 0 ? 'varwere' : 'mvura';
      return [first, second].map((asked) => ({ kind: 'wish', asked, text, means: { wish } }));
    }),
    ...NO_ANSWER.flatMap((text, at): Saying[] => {
      const asked = (['manyoka', 'varwere', 'mvura'] as const)[at % 3] ?? 'manyoka';
      const second = all([text], 'no answer', asked, () => undefined);
      return [...all([text], 'no answer', 'consent', () => undefined), ...second];
    }),
  ];
}
