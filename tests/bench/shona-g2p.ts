/** Spelling to syllables and phonemes against a judged table: node tests/bench/shona-g2p.ts; prints what differs. */
import { lettersOf, syllables } from '#pipeline/language/shona/orthography.ts';
import { phonemes } from '#pipeline/language/shona/phonemes.ts';
import { judge, renderFigures, type Figure } from '#src/cli/bench/figures.ts';
import { sharedTable } from './shared-shona.ts';

const TABLE = 'g2p_words.tsv';

const rows = sharedTable(TABLE);
let right = 0;
for (const row of rows ?? []) {
  const { word = '', syllables: wantedSyllables = '', ref_ipa: wantedIpa = '' } = row;
  const [split, ipa] = [syllables(word).join('.'), phonemes(word).join(' ')];
  const isSplit = split === wantedSyllables.split('.').map(lettersOf).join('.');
  const isRead = ipa.normalize('NFC') === wantedIpa.normalize('NFC');
  if (isSplit && isRead) right += 1;
  else console.log(`${word}: ${split} ${ipa}, wanted ${wantedSyllables} ${wantedIpa}`);
}
const figure: Figure = {
  key: 'g2pShare',
  label: `${TABLE}, syllables and phonemes as judged`,
  unit: '%',
  decimals: 1,
  reach: [{ of: 'value', atLeast: 98 }],
  measured: rows && { value: (100 * right) / rows.length, n: rows.length },
  ...(rows === undefined && { why: 'the table is not on this machine' }),
};
console.log(renderFigures([figure]));
if (judge(figure) === 'missed') process.exitCode = 1;
