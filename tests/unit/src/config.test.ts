import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { readConfig } from '#src/config.ts';

function faultsOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    return isInzwaError(error, 'INZWA_CONFIG_INVALID') ? error.message : 'another error';
  }
  return 'none';
}

describe('readConfig', () => {
  it('needs nothing', () => {
    expect(readConfig({ PATH: '/bin', INZWA_PORT: '' })).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      publicUrl: 'http://127.0.0.1:8080',
      profile: 'default',
      hotline: 'kiriniki',
      twilioAuthToken: undefined,
      modelsDir: undefined,
      logLevel: 'info',
      maxCalls: 200,
    });
  });

  it('takes what is set, freezes it, and shows no secret', () => {
    const config = readConfig({
      INZWA_PORT: '0',
      INZWA_PUBLIC_URL: 'https://voice.example.org/',
      TWILIO_AUTH_TOKEN: 'a-very-secret-token',
      TWILIO_ACCOUNT_SID: 'AC1',
      INZWA_MODELS_DIR: '/var/models',
    });
    expect(config).toMatchObject({
      port: 0,
      publicUrl: 'https://voice.example.org',
      twilioAuthToken: 'a-very-secret-token',
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(config.redacted).toMatchObject({ TWILIO_AUTH_TOKEN: '(set)', INZWA_MODELS_DIR: '/var/models' });
    expect(JSON.stringify(config.redacted)).not.toContain('very-secret');
  });

  it.each([
    ['INZWA_PROT', '9000', 'INZWA_PROT is not known; did you mean INZWA_PORT?'],
    ['INZWA_HOTLINES', 'x', 'did you mean INZWA_HOTLINE?'],
    ['INZWA_MODEL_DIR', 'x', 'did you mean INZWA_MODELS_DIR?'],
    ['INZWA_PORT', '80a', 'INZWA_PORT must be a whole number'],
    ['INZWA_PORT', '70000', 'INZWA_PORT'],
    ['INZWA_PUBLIC_URL', 'voice.example.org', 'INZWA_PUBLIC_URL must be an http(s) URL'],
    ['INZWA_PUBLIC_URL', 'ftp://voice.example.org', 'INZWA_PUBLIC_URL'],
    ['INZWA_PUBLIC_URL', 'https://voice.example.org/?a=1', 'INZWA_PUBLIC_URL'],
    ['INZWA_HOTLINE', '../etc', 'INZWA_HOTLINE must name a hotline'],
    ['INZWA_LOG_LEVEL', 'loud', 'INZWA_LOG_LEVEL'],
    ['INZWA_MAX_CALLS', '0', 'INZWA_MAX_CALLS'],
    ['INZWA_ARI_URL', 'http://127.0.0.1:8088/ari', 'INZWA_ARI_URL must be without /ari'],
    ['INZWA_ARI_URL', 'http://127.0.0.1:8088', 'INZWA_ARI_USER and INZWA_ARI_PASSWORD must be set too'],
    ['INZWA_ASTERISK_PASSWORD', 'long-enough', 'INZWA_ASTERISK_USER must be set too'],
    ['INZWA_AUDIOSOCKET_PORT', '9092', 'INZWA_AUDIOSOCKET_PORT needs INZWA_ASTERISK_USER'],
    ['INZWA_TRUNK_ENDPOINT', 'a b', 'INZWA_TRUNK_ENDPOINT must be the name of a PJSIP endpoint'],
    ['INZWA_TRUNK_CPS', '0', 'INZWA_TRUNK_CPS'],
    ['INZWA_TRUNK_CPS', '1e2', 'INZWA_TRUNK_CPS must be a number'],
    ['INZWA_TRUNK_INBOUND_RESERVE', '20', 'campaigns would have no line'],
    ['INZWA_DATABASE_URL', 'mysql://a/b', 'INZWA_DATABASE_URL must be a URL like postgres://'],
    ['INZWA_TWILIO_API_BASE', 'api.example.org', 'INZWA_TWILIO_API_BASE must be an http(s) URL'],
    ['INZWA_RECORDING', 'always', 'INZWA_RECORDING'],
    ['INZWA_LINE_NOISE', 'loud', 'INZWA_LINE_NOISE'],
    ['INZWA_RECOGNIZER', 'vosk', 'INZWA_RECOGNIZER'],
    ['INZWA_RECOGNIZER', 'openai', 'INZWA_RECOGNIZER=openai needs INZWA_RECOGNIZER_URL'],
    ['INZWA_RECOGNIZER', 'ctc', 'INZWA_RECOGNIZER=ctc needs INZWA_RECOGNIZER_MODEL'],
    ['INZWA_RECOGNIZER_URL', 'http://asr:8000/v1', 'INZWA_RECOGNIZER_URL means nothing to INZWA_RECOGNIZER=whisper'],
    ['INZWA_RECOGNIZER_URL', 'http://me:pw@asr/v1', 'INZWA_RECOGNIZER_URL must hold no password'],
    ['INZWA_RECOGNIZER_URL', 'http://asr/v1/audio/transcriptions', 'must be without /audio/transcriptions'],
    ['INZWA_RECOGNIZER_API_KEY', 'a b', 'INZWA_RECOGNIZER_API_KEY must be printable'],
    ['TWILIO_AUTH_TOKEN', 'short', 'TWILIO_AUTH_TOKEN is too short'],
  ])('%s=%s is a fault', (key, value, sentence) => {
    expect(faultsOf({ [key]: value })).toContain(sentence);
  });

  it('changes the recogniser by one line', () => {
    expect(readConfig({}).recognizer).toEqual({ kind: 'whisper' });
    expect(readConfig({ INZWA_RECOGNIZER: 'whisper-cpp' }).recognizer).toEqual({ kind: 'whisper-cpp' });
    const ctc = { INZWA_RECOGNIZER: 'ctc', INZWA_RECOGNIZER_MODEL: 'mms-shona' };
    expect(readConfig(ctc).recognizer).toEqual({ kind: 'ctc', model: 'mms-shona' });
    const openai = readConfig({
      INZWA_RECOGNIZER: 'openai',
      INZWA_RECOGNIZER_URL: 'http://127.0.0.1:8000/v1/',
      INZWA_RECOGNIZER_API_KEY: 'sk-very-secret',
    });
    const expected = { kind: 'openai', url: 'http://127.0.0.1:8000/v1', model: 'whisper-1', apiKey: 'sk-very-secret' };
    expect(openai.recognizer).toEqual(expected);
    expect(JSON.stringify(openai.redacted)).not.toContain('very-secret');
  });

  it('keeps records in the user’s own folder, or where it is told to, and shows no password of a database', () => {
    const env = { XDG_DATA_HOME: '/home/a/data' };
    expect(readConfig(env).records).toEqual({
      url: undefined,
      file: '/home/a/data/inzwa/records.sqlite',
      keyFile: '/home/a/data/inzwa/key',
      dataDir: '/home/a/data/inzwa',
      recording: 'off',
      keepsWords: true,
    });
    const config = readConfig({
      ...env,
      INZWA_DATA_DIR: '/var/inzwa',
      INZWA_KEY_FILE: '/etc/inzwa.key',
      INZWA_RECORDING: 'consent',
      INZWA_DATABASE_URL: 'postgres://inzwa:very-secret@db/inzwa',
      INZWA_TWILIO_API_BASE: 'http://127.0.0.1:9000/',
      INZWA_TRUNK_CPS: '0.5',
      INZWA_TRUNK_MAX_CALLS: '10',
    });
    expect(config.records).toEqual({
      url: 'postgres://inzwa:very-secret@db/inzwa',
      file: '/var/inzwa/records.sqlite',
      keyFile: '/etc/inzwa.key',
      dataDir: '/var/inzwa',
      recording: 'consent',
      keepsWords: true,
    });
    expect(config.twilioApiBase).toBe('http://127.0.0.1:9000');
    expect(config.trunk).toMatchObject({ cps: 0.5, maxCalls: 10, inboundReserve: 3 });
    expect(JSON.stringify(config.redacted)).not.toContain('very-secret');
  });

  it('names every fault at once, and never a secret', () => {
    const faults = faultsOf({ INZWA_PORT: 'x', INZWA_FOO: '1', TWILIO_AUTH_TOKEN: 'hush' });
    expect(faults).toMatch(/INZWA_FOO.*INZWA_PORT.*TWILIO_AUTH_TOKEN/s);
    expect(faults).not.toContain('hush');
  });
});
