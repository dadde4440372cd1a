/** What the service's memory costs per call: one call open, then five more, all of them past the welcome. */
import type { Clock } from '#kernel/clock.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import { Caller } from '../demo/caller.ts';
import type { ChildService } from '../demo/child-service.ts';
import { CALLER_NUMBER, HOTLINE_NUMBER } from '../demo/line.ts';
import { quantile } from './statistics.ts';

export const FURTHER_CALLS = 5;
const MEBIBYTE = 1024 ** 2;
const SAMPLES = 5;
const SAMPLE_EVERY_MS = 200;

export interface MemoryPerCall {
  readonly oneCallMb: number;
  readonly sixCallsMb: number;
}

/** Median of a second's samples, so that one garbage collection does not decide; undefined where memory cannot be read. */
export async function residentMb(
  service: ChildService,
  clock: Clock,
  signal: AbortSignal,
): Promise<number | undefined> {
  const samples: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const bytes = await service.residentBytes();
    if (bytes === undefined) return undefined;
    samples.push(bytes / MEBIBYTE);
    await clock.sleep(SAMPLE_EVERY_MS, { signal });
  }
  return quantile(samples, 0.5);
}

/** Opens the calls one after the other and leaves them open while it looks; undefined where memory cannot be read. */
export async function memoryPerCall(
  service: ChildService,
  clock: Clock,
  signal: AbortSignal,
): Promise<MemoryPerCall | undefined> {
  await using calls = new AsyncDisposableStack();
  const open = async (): Promise<void> => {
    const phone: PhoneCall = await placeCall({
      ...service.address,
      from: CALLER_NUMBER,
      to: HOTLINE_NUMBER,
      clock,
      signal,
    });
    calls.use(phone);
    await new Caller(phone, { clock, signal }).hearWelcome();
  };
  await open();
  const oneCallMb = await residentMb(service, clock, signal);
  for (let call = 0; call < FURTHER_CALLS; call += 1) await open();
  const sixCallsMb = await residentMb(service, clock, signal);
  return oneCallMb === undefined || sixCallsMb === undefined ? undefined : { oneCallMb, sixCallsMb };
}
