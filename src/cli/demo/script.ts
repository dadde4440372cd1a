/**
 * The conversations that the demo can hold: the caller's lines as data, and what must be heard after each. The caller's
 * words are test data; nothing that the agent says is written here.
 */

import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { loadDemoCall } from '#prompts/demo-script.ts';

/** Names an answer: a card (`card:<id>`) or a fixed sentence (`phrase:<id>`) of the hotline. */
export type AnswerId = `card:${string}` | `phrase:${string}`;

export interface ScriptLine {
  /** What the caller says; for a recording, what to show for it. */
  readonly text: string;
  /** For the reader of the terminal; not used otherwise. */
  readonly english: string;
  /** Undefined: any audible answer will do, because nobody said what to expect. */
  readonly expected: AnswerId | undefined;
  /** Begins this long after the previous answer became audible, over it, instead of waiting for its end. */
  readonly interruptsAfterMs?: number;
}

export interface Script {
  /** What must be heard before the caller has said anything. */
  readonly welcome: AnswerId;
  readonly lines: readonly ScriptLine[];
}

/** Folder of the hotline that KIRINIKI_CALL calls. */
const KIRINIKI = 'kiriniki';

/**
 * The call of `npm run demo`. Each question is one of the ways of asking that its card lists, and one that plain Whisper
 * base with the synthetic caller recognises in 8 of 8 trials shifted against the 10 ms frames: what the demo shows is the
 * machinery. How many ways of asking are understood is what `npm run bench:call` counts.
 */
export const KIRINIKI_CALL: Script = {
  welcome: 'phrase:welcome',
  lines: [
    { text: 'Makadii zvenyu?', english: 'How are you?', expected: 'phrase:greeting-reply' },
    {
      text: 'Kiriniki inovhura nguvai mangwana?',
      english: 'When does the clinic open tomorrow?',
      expected: 'card:nguva-dzekuvhura',
    },
    { text: 'Mishonga inoita marii?', english: 'How much do medicines cost?', expected: 'card:mutengo-wemishonga' },
    {
      text: 'Ndingawana sei chitupa chekuberekwa?',
      english: 'How do I get a birth record?',
      expected: 'card:chitupa-chekuberekwa',
    },
    {
      text: 'Ndinoda kubayisa mwana nhomba.',
      english: 'I want my child vaccinated.',
      expected: 'card:nhomba',
      // Two seconds into an answer of half a minute: long after its first words, long before its end.
      interruptsAfterMs: 2000,
    },
    { text: 'Ndatenda, chisarai zvakanaka.', english: 'Thank you, goodbye.', expected: 'phrase:goodbye' },
  ],
};

/** The call that shows a hotline: its own where it has one, or the plainest question of its first cards. */
export function scriptFor(hotline: Hotline): Script {
  if (hotline.id === KIRINIKI && hotline.pack.code === 'sn') return KIRINIKI_CALL;
  const lines = loadDemoCall(hotline.pack.code, hotline.id)?.map(({ caller, interruptsAfterMs, ...line }) => ({
    ...line,
    text: caller,
    ...(interruptsAfterMs !== undefined && { interruptsAfterMs }),
  }));
  return { welcome: 'phrase:welcome', lines: lines ?? plainestQuestions(hotline) };
}

function plainestQuestions({ cards, pack }: Hotline): readonly ScriptLine[] {
  const asked = cards.filter(({ isEmergency }) => !isEmergency).slice(0, 3);
  return [
    ...asked.map(({ id, questions }): ScriptLine => ({
      text: questions[0] ?? '',
      english: '',
      expected: `card:${id}`,
    })),
    { text: pack.classes.goodbye.forms[0] ?? '', english: '', expected: 'phrase:goodbye' },
  ];
}

/** A call of the user's own lines: each must be answered by something audible. */
export function freeScript(lines: readonly { readonly text: string }[]): Script {
  return {
    welcome: 'phrase:welcome',
    lines: lines.map(({ text }) => ({ text, english: '', expected: undefined })),
  };
}
