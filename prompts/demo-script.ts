/** The call that shows a hotline: prompts/<code>/hotlines/<name>/demo.yaml, for those that have one. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InzwaError } from '#kernel/errors.ts';
import { PROMPTS_DIR } from './language.ts';
import { readLocated } from './located.ts';

const schema = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        caller: z.string().trim().min(1),
        english: z.string().default(''),
        expected: z.templateLiteral([z.enum(['card', 'phrase']), ':', z.string()]),
        interruptsAfterMs: z.number().int().positive().optional(),
      }),
    )
    .min(1),
});

/** One line of the caller's, and the answer that must be heard behind it. */
export type DemoCallLine = z.infer<typeof schema>['lines'][number];

/** The lines in order; undefined when the hotline has no such file. Throws INZWA_PROMPTS_INVALID for one that is faulty. */
export function loadDemoCall(
  code: string,
  hotline: string,
  promptsDir: string = PROMPTS_DIR,
): readonly DemoCallLine[] | undefined {
  const path = join(promptsDir, code, 'hotlines', hotline, 'demo.yaml');
  if (!existsSync(path)) return undefined;
  const faults: string[] = [];
  const file = readLocated(path, schema, (at, message) => void faults.push(`${at}: ${message}`));
  if (file !== undefined && faults.length === 0) return file.value.lines;
  throw new InzwaError('INZWA_PROMPTS_INVALID', `the demo call cannot be used:\n  ${faults.join('\n  ')}`, {
    details: { hotline, faults },
  });
}
