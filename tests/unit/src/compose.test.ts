import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InzwaError } from '#kernel/errors.ts';
import { openLocalModels, type LocalModels } from '#models/catalogue.ts';
import { SpeechGuard } from '#pipeline/dialogue/guard.ts';
import { shonaClaims as shonaGuard } from '#pipeline/language/shona/claims.ts';
import type { Synthesizer } from '#pipeline/ports.ts';
import { compose, type Service } from '#src/compose.ts';
import { readConfig } from '#src/config.ts';
import type { EngineOptions, Engines } from '#src/engines.ts';
import { createLogger } from '#src/observability/logger.ts';
import { ScriptedRecognizer, ScriptedSpeechScorer } from '../../support/scripted-models.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const TOKEN = 'a'.repeat(32);
const clock = new VirtualClock();

/** Says everything in one chunk of a tenth of a second. */
const voice: Synthesizer = {
  sampleRateHz: 8_000,
  async *synthesize() {
    yield new Float32Array(800).fill(0.25);
  },
};
const brokenVoice: Synthesizer = {
  sampleRateHz: 8_000,
  synthesize() {
    throw new InzwaError('INZWA_VOICE_MODEL', 'no such voice');
  },
};

class FakeEngines implements Engines {
  readonly recognizer = new ScriptedRecognizer({ clock, heard: [] });
  readonly synthesizer: Synthesizer;
  readonly dialogue = undefined;
  readonly guard = new SpeechGuard({ language: shonaGuard, smallTalk: [], phrases: [], markers: [] });
  readonly voiceKey = 'fake';
  isUp = true;
  isDisposed = false;
  options: EngineOptions | undefined;

  constructor(synthesizer: Synthesizer) {
    this.synthesizer = synthesizer;
  }

  scorerFor(): ScriptedSpeechScorer {
    return new ScriptedSpeechScorer({ clock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

let models: LocalModels;
let log: string[];
let service: Service;

beforeEach(async () => {
  models = await openLocalModels({ INZWA_MODELS_DIR: await mkdtemp(join(tmpdir(), 'models-')) });
  log = [];
});
afterEach(async () => {
  await service[Symbol.asyncDispose]();
  await rm(models.folder, { recursive: true });
});

async function start(synthesizer: Synthesizer, env: Record<string, string> = {}): Promise<FakeEngines> {
  const engines = new FakeEngines(synthesizer);
  service = await compose({
    config: readConfig(env),
    models,
    clock,
    logger: createLogger('info', { write: (line: string) => void log.push(line) }),
    startEngines: (options) => {
      engines.options = options;
      return Promise.resolve(engines);
    },
  });
  return engines;
}

describe('the service', () => {
  it('lets its engines go when it cannot start with them', async () => {
    const engines = await start(brokenVoice);
    await expect(service.ready).rejects.toMatchObject({ code: 'INZWA_VOICE_MODEL' });
    expect(engines.isDisposed).toBe(true);
  });

  it('is ready while its engines are up', async () => {
    const engines = await start(voice);
    await service.ready;
    expect(engines.isDisposed).toBe(false);
    expect((await service.app.inject('/readyz')).statusCode).toBe(200);
    engines.isUp = false;
    expect((await service.app.inject('/readyz')).statusCode).toBe(503);
    engines.isUp = true;
    expect((await service.app.inject('/readyz')).statusCode).toBe(200);
  });

  it('keeps rendered sentences as mu-law', async () => {
    await start(voice);
    await service.ready;
    const names = await readdir(join(models.folder, 'speech'));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !/\.mulaw(\.[\d-]+\.tmp)?$/.test(name))).toEqual([]);
  });

  it('says why there is no language model', async () => {
    const { options } = await start(voice);
    options?.onDegraded(new InzwaError('INZWA_DIALOGUE_MODEL', 'the file is no GGUF'));
    expect(log.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ level: 50, code: 'INZWA_DIALOGUE_MODEL' }),
    );
  });

  it.each([
    [{ TWILIO_AUTH_TOKEN: TOKEN }, true],
    [{ TWILIO_AUTH_TOKEN: TOKEN, TWILIO_ACCOUNT_SID: 'me' }, true],
    [{ TWILIO_AUTH_TOKEN: TOKEN, TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}` }, false],
    [{}, false],
  ])('warns of goodbyes that cannot end the call: %o', async (env, isWarned) => {
    await start(voice, env);
    expect(log.some((line) => line.includes('TWILIO_ACCOUNT_SID is missing'))).toBe(isWarned);
  });
});
