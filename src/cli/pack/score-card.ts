/** The card of `inzwa pack score`, as text. */
import { formatNumber, renderTable } from '../bench/table.ts';
import type { CardsFound, PackScore } from './pack-score.ts';

const SHOWN_FAILURES = 12;

export function renderCard(score: PackScore): string {
  return [
    `Pack ${score.language} (${score.name})`,
    ...section('Coverage', coverageLines(score)),
    ...section('Not reviewed by a native speaker', reviewLines(score)),
    ...section('Read and heard again', roundTripLines(score)),
    ...section('The voice', voiceLines(score)),
    ...section('Cards found: each way of asking, said by the voice over mu-law and recognised', cardLines(score)),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', title, ...lines.map((line) => `  ${line}`)];
}

function coverageLines({ coverage: { classes, hotlines, ...of } }: PackScore): readonly string[] {
  const forms = Object.values(classes).reduce((sum, count) => sum + count, 0);
  const thin = Object.entries(classes)
    .sort(([, a], [, b]) => a - b)
    .slice(0, 3)
    .map(([name, count]) => `${name} ${count}`);
  return [
    `${of.greetings} greetings by the hour, ${of.greetingReplies} ways of returning one`,
    `${Object.keys(classes).length} word classes with ${formatNumber(forms)} forms; the smallest: ${thin.join(', ')}`,
    ...Object.entries(hotlines).map(
      ([id, hotline]) =>
        `${id}: ${hotline.cards} cards (${hotline.emergencyCards} for emergencies), ${hotline.questions} ways of asking (at least ${hotline.fewestQuestions} a card), ` +
        `${hotline.keys} keys, ${hotline.phrases} phrases (${of.phrasesNeeded} needed), ${hotline.hasHuman ? 'a person to ring' : 'nobody to ring'}`,
    ),
  ];
}

function reviewLines({ review: { byConfidence, withoutConfidence, urgent, reviewed } }: PackScore): readonly string[] {
  const { A, B, C } = byConfidence;
  return [
    `confidence C ${C}, B ${B}, A ${A}; cards and greetings ${withoutConfidence}; reviewed ${reviewed}`,
    `for an emergency or somebody in distress: ${urgent.length === 0 ? 'none' : urgent.join(', ')}`,
  ];
}

function roundTripLines({ roundTrips, sentences }: PackScore): readonly string[] {
  const rows = roundTrips.map(({ kind, right, of }) => [kind, formatNumber(right), formatNumber(of)]);
  const table = renderTable(
    [{ title: 'values' }, { title: 'come back', align: 'right' }, { title: 'of', align: 'right' }],
    rows,
  );
  const failures = roundTrips.flatMap(({ kind, firstFailure }) =>
    firstFailure === undefined ? [] : [`${kind}, the first that did not: ${firstFailure}`],
  );
  const left = sentences.unsayable.length;
  return [
    ...table.split('\n'),
    ...failures,
    `sentences left with a sign that no voice can say: ${left} of ${sentences.of}`,
    ...sentences.unsayable.slice(0, SHOWN_FAILURES),
  ];
}

function voiceLines({ voice }: PackScore): readonly string[] {
  if ('notMeasured' in voice) return [`not measured: ${voice.notMeasured}`];
  const list = (symbols: readonly string[]): string => (symbols.length === 0 ? 'none' : symbols.join(' '));
  return [
    `${voice.voice}: ${voice.needed} symbols needed; not in its table: ${list(voice.missing)}`,
    voice.unlearnt === undefined
      ? 'which symbols it learnt in training is not to be seen in its file'
      : `in its table but never learnt: ${list(voice.unlearnt)}`,
  ];
}

function cardLines({ cards }: PackScore): readonly string[] {
  return Object.entries(cards).flatMap(([id, measured]) => {
    if ('notMeasured' in measured) return [`${id}: not measured: ${measured.notMeasured}`];
    const { asked, intents, other, misses } = measured;
    const line = (what: string, { n, found, wrong, notUnderstood }: CardsFound['asked']): string => {
      const share = (count: number): string => `${count} (${formatNumber((100 * count) / n, 1)} %)`;
      return `${id}: ${n} ${what}: right ${share(found)}, wrong ${share(wrong)}, asked again ${share(notUnderstood)}`;
    };
    return [
      line('ways of asking', asked),
      line('wishes (a person, again, slower, goodbye …)', intents),
      `${id}: ${other.n} other sentences, ${other.wrong} of them answered by a card`,
      ...misses
        .slice(0, SHOWN_FAILURES)
        .map(({ said, text, answered = 'nothing' }) => `  "${said}" was heard as "${text}": ${answered}`),
    ];
  });
}
