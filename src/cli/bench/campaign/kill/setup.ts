/** What the killed process and its killer agree on. */
import { z } from 'zod';

export const TRUNK = 'stand-in';
export const ACCOUNT = { accountSid: `AC${'7'.repeat(32)}`, authToken: 'f00dfeedf00dfeedf00dfeedf00dfeed' } as const;
export const CALLER = '+263242700000';
export const QUESTIONS = ['anorarama-kupi', 'akabaiwa'] as const;

/** Written to standard output when webhooks are taken. */
export const READY = 'ready\n';

export const killSetup = z.strictObject({
  /** postgres://… or a file. */
  place: z.union([z.strictObject({ url: z.string() }), z.strictObject({ file: z.string() })]),
  carrierUrl: z.string(),
  /** Where webhooks are taken; the same after every restart, as a real service's. */
  port: z.int(),
  clock: z.strictObject({ speed: z.number(), zeroMs: z.number(), wallZeroMs: z.number() }),
  /** For tests of the test: what the process does wrong. */
  fault: z.string().optional(),
});

export type KillSetup = z.output<typeof killSetup>;

/** Beside the document of an answered call, so that the killer knows what the callee has experienced. */
export function experience(what: string): string {
  return `<!-- ${what} -->`;
}

/** The attempt that a URL of ours was made for. */
export function attemptOf(url: string | undefined): string | undefined {
  return url === undefined ? undefined : (new URL(url).searchParams.get('attempt') ?? undefined);
}
