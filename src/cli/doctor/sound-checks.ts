/** Can Asterisk say that Inzwa is away, when it is? */
import { readdirSync } from 'node:fs';
import { entryOf, sectionsOf } from './conf-file.ts';
import type { AsteriskControl } from './control.ts';
import { fault, skipped, well, type Finding } from './finding.ts';

/** What the shipped dialplan plays. */
const SOUNDS = ['apology', 'hold'] as const;

export function checkSounds(control: AsteriskControl): Finding {
  const globals = sectionsOf(control.conf('extensions.conf'), 'globals')[0];
  const folder = entryOf(globals, 'INZWA_SOUNDS');
  if (folder === undefined) return skipped('sounds', 'the dialplan is not the shipped one');
  const names = filesIn(folder.value);
  const missing = SOUNDS.filter((sound) => !names.some((name) => name.startsWith(`${sound}.`)));
  if (missing.length === 0) return well('sounds', `${SOUNDS.join(' and ')} are there`);
  return fault(
    'sounds',
    `${missing.join(' and ')} not found in ${folder.value}: without the agent a caller hears nothing`,
    'write them: npm run inzwa -- asterisk sounds, or correct INZWA_SOUNDS.',
    folder.at,
  );
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
