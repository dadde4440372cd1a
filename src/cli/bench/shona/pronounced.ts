/** Spelling to syllables and phonemes, against a judged table. */
import { lettersOf, syllables } from '#pipeline/language/shona/orthography.ts';
import { phonemes } from '#pipeline/language/shona/phonemes.ts';
import { share, shareFigure, type Found, type ShonaTables } from './tables.ts';

/** A word counts as right when both its syllables and its phonemes are. */
export function pronouncedFigures(tables: ShonaTables): Found {
  const rows = tables.rows('g2p_words.tsv');
  const failures: string[] = [];
  const right = rows?.filter(({ word = '', syllables: wantedSyllables = '', ref_ipa: wantedIpa = '' }) => {
    const [split, ipa] = [syllables(word).join('.'), phonemes(word).join(' ')];
    const isSplit = split === wantedSyllables.split('.').map(lettersOf).join('.');
    const isRead = ipa.normalize('NFC') === wantedIpa.normalize('NFC');
    if (!isSplit || !isRead) failures.push(`${word}: ${split} ${ipa}, wanted ${wantedSyllables} ${wantedIpa}`);
    return isSplit && isRead;
  });
  const measured = rows && share(right?.length ?? 0, rows.length);
  return {
    figures: [shareFigure('g2pShare', 'words → syllables and phonemes as judged', 98, measured)],
    failures,
  };
}
