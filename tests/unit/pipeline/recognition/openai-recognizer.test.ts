import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { decodeWav } from '#pipeline/audio/wav.ts';
import type { TranscribeOptions, Transcript } from '#pipeline/ports.ts';
import { readAnswer } from '#pipeline/recognition/openai-answer.ts';
import { OpenAiRecognizer, type OpenAiOptions } from '#pipeline/recognition/openai-recognizer.ts';
import { UNRATED_LOG_PROB } from '#pipeline/recognition/plain-transcript.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { TranscriptionServer, type TranscriptionAnswer } from '../../../support/transcription-server.ts';

const KEY = 'sk-a-very-secret-key';
const SAID = 'Ndinoda kutaura nemunhu.';
const { signal } = new AbortController();
/** One second of something that the guard takes for speech. */
const pcm = Int16Array.from({ length: 16_000 }, (_, i) => Math.round(6000 * Math.sin(i * 0.4)));

async function ask(
  answers: readonly TranscriptionAnswer[],
  options: Partial<TranscribeOptions> = {},
  settings: Partial<OpenAiOptions> = {},
): Promise<{ readonly heard: Transcript | undefined; readonly error: unknown; readonly server: TranscriptionServer }> {
  await using server = await TranscriptionServer.start((_, index) => answers[Math.min(index, answers.length - 1)]!);
  const recognizer = new OpenAiRecognizer({
    url: server.url,
    model: 'whisper-1',
    apiKey: KEY,
    language: 'sn',
    ...settings,
  });
  try {
    const heard = await recognizer.transcribe({ id: 'u#1', pcm, sampleRateHz: 8000 }, { signal, ...options });
    return { heard, error: undefined, server };
  } catch (error) {
    return { heard: undefined, error, server };
  }
}

const verbose = {
  json: {
    text: ` ${SAID}`,
    segments: [
      { text: ' Ndinoda', tokens: [1, 2, 3], avg_logprob: -0.2, no_speech_prob: 0.02 },
      { text: ' kutaura', tokens: [1, 2, 3, 4, 5, 6, 7], avg_logprob: -0.5, no_speech_prob: 0.9 },
    ],
  },
};

describe('OpenAiRecognizer', () => {
  it('sends the audio at 16 kHz with all that the interface has a place for', async () => {
    const { heard, server } = await ask([verbose], { prompt: 'Mhoroi. Kiriniki.', lexicon: ['munhu', 'kiriniki'] });
    expect(heard).toMatchObject({ utteranceId: 'u#1', text: SAID, noSpeechProb: 0.02, window: 'full', audioMs: 2000 });
    expect(heard?.avgLogProb).toBeCloseTo((-0.2 * 4 - 0.5 * 8) / 12, 9);
    const [request] = server.requests;
    expect(request?.path).toBe('/v1/audio/transcriptions');
    expect(request?.headers['authorization']).toBe(`Bearer ${KEY}`);
    expect(request?.fields).toEqual({
      model: 'whisper-1',
      language: 'sn',
      response_format: 'verbose_json',
      temperature: '0',
      prompt: 'Mhoroi. Kiriniki.',
      hotwords: 'munhu kiriniki',
    });
    const wav = decodeWav(request!.file);
    expect(wav.sampleRateHz).toBe(16_000);
    expect(wav.channels[0]?.length).toBe(32_000);
  });

  it('sends no key where none is set, and the lexicon as prompt where there is none', async () => {
    const { server } = await ask([verbose], { lexicon: ['munhu'] }, { apiKey: undefined });
    expect(server.requests[0]?.headers['authorization']).toBeUndefined();
    expect(server.requests[0]?.fields).toMatchObject({ prompt: 'munhu' });
    expect(server.requests[0]?.fields).not.toHaveProperty('hotwords');
  });

  it('cuts a prompt from its front to what fits', async () => {
    const { server } = await ask([verbose], { prompt: `${'mangwanani '.repeat(100)}kupera` });
    const prompt = server.requests[0]?.fields['prompt'] ?? '';
    expect(prompt.length).toBeLessThanOrEqual(520);
    expect(prompt).toMatch(/^mangwanani .*kupera$/);
  });

  it('takes a bare text as believable and not as certain', async () => {
    const { heard } = await ask([{ json: { text: SAID } }]);
    expect(heard).toMatchObject({ text: SAID, avgLogProb: UNRATED_LOG_PROB, noSpeechProb: 0 });
    expect(heard?.doubt).toBeUndefined();
  });

  it('asks a server that knows no verbose_json again in the plain way, and remembers', async () => {
    const server = await TranscriptionServer.start(({ fields }) =>
      fields['response_format'] === 'json' && !('hotwords' in fields)
        ? { json: { text: SAID } }
        : { status: 400, json: { error: 'unknown' } },
    );
    await using _server = server;
    const recognizer = new OpenAiRecognizer({ url: server.url, model: 'm', language: 'sn' });
    const wishes = { signal, prompt: 'a', lexicon: ['b'] };
    for (const id of ['u#1', 'u#2']) {
      expect((await recognizer.transcribe({ id, pcm, sampleRateHz: 8000 }, wishes)).text).toBe(SAID);
    }
    expect(server.requests.map(({ fields }) => fields['response_format'])).toEqual(['verbose_json', 'json', 'json']);
  });

  it('judges a transcript from elsewhere as one of its own', async () => {
    const doubted = async (json: object) => (await ask([{ json }])).heard?.doubt;
    expect(await doubted({ text: '' })).toBe('empty');
    expect(await doubted({ text: 'Спасибо за просмотр' })).toBe('wrong-script');
    expect(await doubted({ text: 'zvakanaka '.repeat(40) })).toBe('repetitive');
    const unsure = { text: SAID, segments: [{ text: SAID, avg_logprob: -2.5, no_speech_prob: 0.1 }] };
    expect(await doubted(unsure)).toBe('low-confidence');
  });

  it('tries once more when the connection breaks, and not twice', async () => {
    const once = await ask(['reset', verbose]);
    expect(once.heard?.text).toBe(SAID);
    expect(once.server.requests).toHaveLength(2);
    const always = await ask(['reset']);
    expect(always.error).toMatchObject({ code: 'INZWA_RECOGNISER_UNREACHABLE', retryable: true });
    expect(always.server.requests).toHaveLength(2);
  });

  it.each(['silent', 'half'] as const)(
    'does not wait longer than its deadline for a server that is %s',
    async (kind) => {
      const clock = new VirtualClock();
      const asked = Promise.withResolvers<undefined>();
      await using server = await TranscriptionServer.start(() => {
        asked.resolve(undefined);
        return kind;
      });
      const recognizer = new OpenAiRecognizer({ url: server.url, model: 'm', language: 'sn', clock });
      const work = recognizer.transcribe({ id: 'u#1', pcm, sampleRateHz: 8000 }, { signal });
      work.catch(() => undefined);
      await asked.promise;
      await clock.advance(7_999);
      expect(await Promise.race([work.catch(() => 'settled'), new Promise((resolve) => setImmediate(resolve))])).toBe(
        undefined,
      );
      await clock.advance(1);
      await expect(work).rejects.toMatchObject({ code: 'INZWA_RECOGNISER_UNREACHABLE', retryable: true });
      await expect(work).rejects.toThrow('did not answer within 8000 ms');
    },
  );

  it('gives up at once when nobody waits any more', async () => {
    const turn = new AbortController();
    const reason = new Error('barge-in');
    setTimeout(() => turn.abort(reason), 50);
    expect((await ask(['silent'], { signal: turn.signal })).error).toBe(reason);
  });

  it.each([
    [{ status: 401, json: {} }, false, 1],
    [{ status: 500, body: 'oops' }, true, 1],
    [{ status: 429, json: {} }, true, 1],
    [{ status: 422, json: {} }, false, 2],
    [{ status: 200, body: '<html>' }, false, 1],
    [{ status: 200, json: { words: [] } }, false, 1],
    [{ status: 200, body: `{"text": "${'x'.repeat(1_100_000)}"}` }, false, 1],
    [{ status: 307, body: '', headers: { location: 'http://127.0.0.1:9/' } }, false, 1],
  ] as const)('refuses %j by code', async (answer, retryable, requests) => {
    const { error, server } = await ask([answer]);
    expect(error).toMatchObject({ code: 'INZWA_RECOGNISER_REFUSED', retryable });
    expect(server.requests).toHaveLength(requests);
  });

  it('tells neither the key nor a text in an error', async () => {
    for (const answer of ['reset', { status: 401, json: { text: SAID } }, { body: SAID }] as const) {
      const { error } = await ask([answer], { prompt: 'munhu wangu' });
      expect(isInzwaError(error)).toBe(true);
      const told = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String((error as Error).stack);
      for (const secret of [KEY, SAID, 'munhu']) expect(told).not.toContain(secret);
    }
  });

  it('names model and server, and nothing secret', () => {
    const recognizer = new OpenAiRecognizer({
      url: 'https://asr.example.org/v1/',
      model: 'm',
      apiKey: KEY,
      language: 'sn',
    });
    expect(recognizer.name).toBe('openai (m at asr.example.org)');
  });
});

describe('readAnswer', () => {
  it('leaves out numbers that a server does not have', () => {
    const segment = { text: 'a', avg_logprob: null, no_speech_prob: null };
    expect(readAnswer(JSON.stringify({ text: 'a', segments: [segment] }))).toEqual({
      text: 'a',
      avgLogProb: undefined,
      noSpeechProb: undefined,
    });
    expect(readAnswer('{"text": "a", "segments": "none"}')?.text).toBe('a');
    expect(readAnswer('{"text": 3}')).toBeUndefined();
  });
});
