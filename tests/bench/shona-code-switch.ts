/**
 * What the code-switch detector makes of transcribed speech: node tests/bench/shona-code-switch.ts DATA_FOLDER [--top 60]. The speakers
 * described pictures in Shona, so what it calls foreign is English, a name, a slip of the transcriber, or its mistake; the
 * commonest are printed to be looked at.
 */
import { parseArgs } from 'node:util';
import type { TokenKind } from '#pipeline/language/language.ts';
import { tokens } from '#pipeline/language/shona/code-switch.ts';
import { languageSpans } from '#pipeline/language/spans.ts';
import { ShonaTables } from '#src/cli/bench/shona/tables.ts';

const { values: args, positionals } = parseArgs({
  options: { top: { type: 'string', default: '60' } },
  allowPositionals: true,
});
const tables = new ShonaTables(positionals[0] ?? '');

for (const file of ['waxal_sna_validation.tsv', 'afrivoice_sn_sample.tsv']) {
  const rows = tables.rows(file);
  if (rows === undefined) {
    console.log(`${file} is not on this machine`);
    continue;
  }
  const kinds: Record<TokenKind, number> = { native: 0, foreign: 0, abbreviation: 0, number: 0 };
  const foreign = new Map<string, number>();
  let foreignSpans = 0;
  for (const { text = '' } of rows) {
    const found = tokens(text);
    foreignSpans += languageSpans(found).filter(({ isForeign }) => isForeign).length;
    for (const { kind, text: word } of found) {
      kinds[kind] += 1;
      if (kind !== 'native' && kind !== 'number') foreign.set(word, (foreign.get(word) ?? 0) + 1);
    }
  }
  const all = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  const shares = Object.entries(kinds).map(([kind, count]) => `${kind} ${((100 * count) / all).toFixed(2)} %`);
  console.log(`${file}: ${all} words, ${shares.join(', ')}; ${foreignSpans} foreign spans`);
  const commonest = [...foreign].sort(([, a], [, b]) => b - a).slice(0, Number(args.top));
  console.log(`  ${commonest.map(([word, count]) => (count > 1 ? `${word} ${count}` : word)).join(', ')}`);
}
