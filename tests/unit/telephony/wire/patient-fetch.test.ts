import { afterEach, describe, expect, it, vi } from 'vitest';
import { patientFetch, type PatientFetchOptions } from '#telephony/wire/patient-fetch.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const url = new URL('http://carrier.test/');
let isCancelled = false;

/** Answers `pieces` of 1,000 bytes each. */
function answerOf(pieces: number): void {
  isCancelled = false;
  let left = pieces;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (left-- > 0) controller.enqueue(new Uint8Array(1_000).fill(0x61));
        else controller.close();
      },
      cancel() {
        isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body)));
}

describe('patientFetch', () => {
  const clock = new VirtualClock();
  const ask = (opts: Partial<PatientFetchOptions>) => patientFetch(url, {}, { clock, timeoutMs: 1_000, ...opts });
  afterEach(() => {
    vi.unstubAllGlobals();
    expect(clock.pendingTimers).toBe(0);
  });

  it('reads an answer up to its limit', async () => {
    answerOf(3);
    expect(await ask({ maxBytes: 3_000 })).toMatchObject({ kind: 'answered', status: 200, text: 'a'.repeat(3_000) });
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(null, { status: 204 })));
    expect(await ask({})).toMatchObject({ kind: 'answered', status: 204, text: '' });
  });

  it('lets a longer one go, which may have been heard all the same', async () => {
    answerOf(Infinity);
    expect(await ask({ maxBytes: 2_999 })).toMatchObject({
      kind: 'no-answer',
      why: 'its answer is longer than 2999 bytes',
      cause: { code: 'INZWA_ANSWER_TOO_LONG' },
    });
    expect(isCancelled).toBe(true);
  });

  it('lets the body go where the status is enough', async () => {
    answerOf(Infinity);
    expect(await ask({ isStatusEnough: true })).toMatchObject({ kind: 'answered', status: 200, text: '' });
    expect(isCancelled).toBe(true);
  });
});
