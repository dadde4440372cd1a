/** All checks of one Asterisk, in the order a call meets what they look at. */
import type { Clock } from '#kernel/clock.ts';
import { checkAgents, checkEnvironment } from './agent-checks.ts';
import { AsteriskControl, type ControlOptions } from './control.ts';
import { skipped, type Finding } from './finding.ts';
import { ariOf, checkAri, checkHttp } from './http-checks.ts';
import { checkModules, checkProgram } from './program-checks.ts';
import { checkSounds } from './sound-checks.ts';
import { checkTrunk } from './trunk-checks.ts';

export interface ExamineOptions extends ControlOptions {
  /** The trunk's endpoint in pjsip.conf. */
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** Rejects only with the signal's reason: whatever is wrong with Asterisk is a finding. */
export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const { env, clock, signal, endpoint } = options;
  const control = new AsteriskControl(options);
  const ari = ariOf(env);
  const findings: Finding[] = [...(await checkProgram(control))];
  const isUp = findings.every(({ check, verdict }) => check !== 'Asterisk' || verdict === 'well');
  if (isUp) findings.push(...(await checkModules(control, ari !== undefined)));
  else findings.push(skipped('modules', 'nobody to ask'));
  findings.push(...(await checkAgents(control, { env, clock, signal })), checkEnvironment(control, env));
  if (isUp) findings.push(...(await checkTrunk(control, endpoint)), ...(await checkHttp(control)));
  else findings.push(skipped('trunk', 'nobody to ask'), skipped('http', 'nobody to ask'));
  findings.push(checkSounds(control));
  findings.push(await checkAri(control, ari, signal));
  signal.throwIfAborted();
  return findings;
}
