/** What the real service's memory costs per call: one call open, then five more, all of them greeted. */
import type { AsteriskRig } from '../../asterisk/rig.ts';
import { FURTHER_CALLS, residentMb, type MemoryPerCall } from '../call-memory.ts';
import type { BenchCall, BenchTelephone, Tools } from './telephone.ts';

/** Longer than the pauses of a greeting. */
const SILENT_MS = 800;
const GREETING_MS = 20_000;

/** Undefined where memory cannot be read. */
export async function rigMemory(
  rig: AsteriskRig,
  telephone: BenchTelephone,
  { clock, signal }: Tools,
): Promise<MemoryPerCall | undefined> {
  await using calls = new AsyncDisposableStack();
  const open = async (): Promise<BenchCall> => calls.use(await telephone.call());
  const hearGreeting = async ({ phone }: BenchCall): Promise<void> => {
    await phone.waitUntilSpeaking({ timeoutMs: GREETING_MS });
    await phone.waitUntilQuiet({ silentMs: SILENT_MS, timeoutMs: GREETING_MS });
  };
  await hearGreeting(await open());
  const oneCallMb = await residentMb(rig.service(), clock, signal);
  const greetings: Promise<void>[] = [];
  for (let call = 0; call < FURTHER_CALLS; call += 1) greetings.push(hearGreeting(await open()));
  await Promise.all(greetings);
  const sixCallsMb = await residentMb(rig.service(), clock, signal);
  return oneCallMb === undefined || sixCallsMb === undefined ? undefined : { oneCallMb, sixCallsMb };
}
