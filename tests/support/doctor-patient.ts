/** What the tests of `inzwa doctor asterisk` examine: real Asterisks, and the lines that findings point at. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemClock } from '#kernel/clock.ts';
import type { AsteriskInstall } from '#src/cli/asterisk/install.ts';
import {
  startPrivateAsterisk,
  type PrivateAsterisk,
  type PrivateAsteriskOptions,
} from '#src/cli/asterisk/private-asterisk.ts';
import { ensureAsterisk } from '#src/cli/asterisk/unpack.ts';
import { examine } from '#src/cli/doctor/examine.ts';
import type { Finding } from '#src/cli/doctor/finding.ts';
import { startMediaServer, type MediaServer } from './media-server.ts';

const clock = systemClock;
const { signal } = new AbortController();

export const PASSWORD = 'agent-pass';
export const AUTHORIZATION = `Basic ${btoa(`asterisk:${PASSWORD}`)}`;
/** What the agent's own environment says. */
export const AGENT_ENV = { INZWA_ASTERISK_USER: 'asterisk', INZWA_ASTERISK_PASSWORD: PASSWORD };

/** An agent that takes PASSWORD, the sounds of the dialplan, and an Asterisk to start with them. */
export interface Surgery extends AsyncDisposable {
  readonly install: AsteriskInstall;
  readonly folder: string;
  readonly media: MediaServer;
  start(options?: Partial<PrivateAsteriskOptions>): Promise<PrivateAsterisk>;
  examine(asterisk: PrivateAsterisk, options?: ExamineOptions): Promise<readonly Finding[]>;
}

interface ExamineOptions {
  readonly env?: Record<string, string>;
  readonly endpoint?: string;
}

export async function openSurgery(): Promise<Surgery> {
  const install = await ensureAsterisk({ clock, signal });
  const folder = await mkdtemp(join(tmpdir(), 'inzwa-doctor-'));
  for (const name of ['apology.alaw', 'hold.alaw']) await writeFile(join(folder, name), Buffer.alloc(160, 0xd5));
  const media = await startMediaServer({ authorization: AUTHORIZATION });
  const agent = { uri: media.uri, user: 'asterisk', password: PASSWORD };
  return {
    install,
    folder,
    media,
    start: (options = {}) =>
      startPrivateAsterisk({ install, clock, signal, agent, dialplan: { SOUNDS: folder }, ...options }),
    async examine(asterisk, { env = {}, endpoint = 'carrier' } = {}) {
      const command = [install.command, ...install.leadingArgs] as const;
      const findings = await examine({ command, control: confOf(asterisk), endpoint, env, clock, signal });
      for (const finding of findings) lines.set(finding, await readLine(finding));
      return findings;
    },
    async [Symbol.asyncDispose]() {
      await media[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

export function confOf({ instance }: PrivateAsterisk): string {
  return join(instance.paths.etcDir, 'asterisk.conf');
}

export function faultsOf(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ verdict }) => verdict === 'fault');
}

/** As they stood at the time of the check: some files are put right again after it. */
const lines = new WeakMap<Finding, string | undefined>();

/** The text of the line that the finding wants mended. */
export function lineOf(finding: Finding | undefined): string | undefined {
  return finding && lines.get(finding);
}

async function readLine({ where }: Finding): Promise<string | undefined> {
  if (where?.line === undefined) return undefined;
  return (await readFile(where.file, 'utf8')).split('\n')[where.line - 1];
}

/** The one fault there must be, with what it says and the line it points at. */
export function onlyFault(findings: readonly Finding[]): { check: string; what: string; line: string | undefined } {
  const faults = faultsOf(findings);
  expect(faults, JSON.stringify(faults, undefined, 1)).toHaveLength(1);
  return { check: faults[0]!.check, what: faults[0]!.what, line: lineOf(faults[0]) };
}

/** Rewrites a file of a running instance for the time of one check. */
export async function withFile<T>(
  { instance }: PrivateAsterisk,
  name: string,
  change: (text: string) => string,
  check: () => Promise<T>,
): Promise<T> {
  const path = join(instance.paths.etcDir, name);
  const text = await readFile(path, 'utf8');
  expect(change(text)).not.toBe(text);
  await writeFile(path, change(text));
  try {
    return await check();
  } finally {
    await writeFile(path, text);
  }
}

/** At most 15 s; what was waited for is asserted by whoever waited. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300 && !(await condition()); tries++) await clock.sleep(50, { signal });
}
