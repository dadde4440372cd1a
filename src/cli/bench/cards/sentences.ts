/** What synthetic callers say: every way of asking that a hotline lists, and what no card answers. */
import { readFile } from 'node:fs/promises';
import { InzwaError } from '#kernel/errors.ts';
import type { Hotline } from '#pipeline/dialogue/hotline.ts';
import { intentChoices } from '#pipeline/dialogue/intents.ts';
import { NEAR_SENTENCES } from './near-sentences.ts';

export interface Sentence {
  readonly text: string;
  /** A card's id or `intent:…`; undefined for what nothing answers. */
  readonly expected: string | undefined;
}

/** Every way of asking a card, and every longer form of an intent. */
export function everyQuestion(hotline: Hotline): readonly Sentence[] {
  const choices = [...hotline.cards, ...intentChoices(hotline.pack)];
  return choices.flatMap(({ id, questions }) => questions.map((text) => ({ text, expected: id })));
}

/** Whole sentences of three to nine words from a table `id<TAB>text` with a heading, evenly taken. Throws INZWA_EVAL_MANIFEST. */
export async function otherSentences(path: string, count: number): Promise<readonly Sentence[]> {
  const table = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new InzwaError('INZWA_EVAL_MANIFEST', `${path} with sentences that no card answers cannot be read`, {
      cause: error,
    });
  });
  const sentences = table
    .split('\n')
    .slice(1)
    .flatMap((line) => (line.split('\t')[1] ?? '').split(/[.!?]/u))
    .map((text) => text.trim())
    .filter((text) => /^\S+(?: \S+){2,8}$/u.test(text));
  const step = Math.max(1, Math.floor(sentences.length / count));
  return sentences
    .filter((_, at) => at % step === 0)
    .slice(0, count)
    .map((text) => ({ text, expected: undefined }));
}

/** Nearly a question of a card; of hotlines other than the example nothing of the kind is known. */
export function nearSentences(hotline: Hotline): readonly Sentence[] {
  return hotline.id === 'kiriniki' ? NEAR_SENTENCES.map((text) => ({ text, expected: undefined })) : [];
}

/** Said to a hotline by people who want something else: near its subjects, far from them, and in English. */
export function ownOtherSentences(): readonly Sentence[] {
  return OWN.map((text) => ({ text, expected: undefined }));
}

const OWN = [
  'Ndinoda kutenga mombe mbiri.',
  'Mari yechikoro yakwira zvakanyanya gore rino.',
  'Bhazi rekuBulawayo rinosimuka nguvai?',
  'Mvura haisati yanaya kuno kwedu.',
  'Ndiri kutsvaga basa rekutyaira.',
  'Foni yangu yakabiwa nezuro.',
  'Magetsi adzoka here kumba kwenyu?',
  'Ndinoda kuvhura bhizinesi rehuku.',
  'Nhabvu yakapera sei nezuro?',
  'Mangwanani, ndinoda kubvunza nezvembeu yechibage.',
  'Munotengesa matayi emotokari here?',
  'Sekuru vangu vakaenda kumusha svondo rapera.',
  'Zino rangu riri kurwadza.',
  'Ndinoda magirazi emaziso.',
  'Gumbo rangu rakazvimba ndisingazivi chikonzero.',
  'Munotora vanhu vanoda kudzidza unesi here?',
  'Tsamba yangu yakasvika here kwamuri?',
  'Ndakanganwa jasi rangu ikoko nezuro.',
  'Muri kutsvaga vashandi here?',
  'Mukuru wepakiriniki anonzi ani?',
  'Ndinoda kunyunyuta pamusoro pevashandi venyu.',
  'Mwana wangu haasi kuda kuenda kuchikoro.',
  'Tiri kuita muchato mwedzi unouya.',
  'Rwiyo urwu rwakaimbwa nani?',
  'Mutengo weshuga wakwira zvakare.',
  'Imbwa yangu haisi kudya.',
  'Ndiri kuda kubhadhara rendi yemwedzi uno.',
  'Vana vangu vari kugara kuSouth Africa.',
  'Kune chando kwazvo mazuva ano.',
  'Ndapota ndibatsirei kunyora tsamba.',
  'What time does the next bus leave for town?',
  'I would like to order a large pizza please.',
  'My computer does not start this morning.',
  'Could you tell me the way to the stadium?',
  'We are planning a wedding in December.',
  'The price of fuel went up again yesterday.',
];
