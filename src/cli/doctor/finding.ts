/** What one check came to, and what is to be done about it. */
import type { ConfEntry, ConfSection, Place } from './conf-file.ts';

export type Verdict = 'well' | 'fault' | 'skipped';

export interface Finding {
  /** What was looked at, in two or three words; the same every time. */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was found; never a password, never a caller's number. */
  readonly what: string;
  /** Where the fault can be mended; the line is that of the entry, or of the section that lacks it. */
  readonly where?: Place;
  /** What to write there, or to do. */
  readonly mend?: string;
}

export function well(check: string, what: string): Finding {
  return { check, verdict: 'well', what };
}

export function skipped(check: string, what: string): Finding {
  return { check, verdict: 'skipped', what };
}

export function fault(check: string, what: string, mend: string, where?: Place): Finding {
  return { check, verdict: 'fault', what, mend, ...(where && { where }) };
}

/** The line to mend: the entry's, else its section's, else the file as a whole. */
export function placeOf(entry: ConfEntry | undefined, section: ConfSection | undefined, file: string): Place {
  return entry?.at ?? section?.at ?? { file };
}
