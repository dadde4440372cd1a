/** What an Asterisk that is none, or that is confused, gets from the service. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  CREDENTIALS,
  RawAsterisk,
  startAsteriskService,
  type AsteriskService,
  type RawAsteriskOptions,
} from '../../support/asterisk-service.ts';

/** A busy machine is slow, not wrong. */
const PATIENCE = { timeout: 10_000 };

/**
 * Each kind of bad input comes while a second, well-behaved call is running: whatever happens to the first, the second
 * must get every one of its frames back.
 */
describe('what bad input gets', () => {
  let service: AsteriskService;
  let witness: RawAsterisk;
  const opened: RawAsterisk[] = [];
  let before: ReadonlyMap<string, number>;
  let calls = 0;
  const nextId = (): string => `1795415122.${++calls}`;

  beforeAll(async () => {
    service = await startAsteriskService();
  });
  afterAll(() => service[Symbol.asyncDispose]());
  beforeEach(async () => {
    witness = await RawAsterisk.connect(service);
    witness.start(nextId());
    witness.speakOn();
    await vi.waitFor(() => expect(witness.echoed.length).toBeGreaterThan(2), PATIENCE);
    before = await service.counts();
  });
  afterEach(async () => {
    for (const asterisk of opened.splice(0)) asterisk.hangUp();
    const { spoken } = witness;
    await vi.waitFor(() => expect(witness.echoed.length).toBeGreaterThan(spoken + 5), PATIENCE);
    expect(witness.echoed).toEqual(witness.echoed.map((_, n) => 0x20 + (n % 32)));
    witness.hangUp();
    expect(await witness.closed).toBe(1000);
    await vi.waitFor(() => expect(service.desk.liveCalls).toBe(0), PATIENCE);
  });

  const connect = async (options?: RawAsteriskOptions): Promise<RawAsterisk> => {
    const asterisk = await RawAsterisk.connect(service, options);
    opened.push(asterisk);
    return asterisk;
  };
  /** A call in conversation: it has had a frame back. */
  const talking = async (options?: RawAsteriskOptions): Promise<RawAsterisk> => {
    const asterisk = await connect(options);
    asterisk.start(nextId());
    asterisk.speak();
    await vi.waitFor(() => expect(asterisk.echoed.length).toBeGreaterThan(0), PATIENCE);
    return asterisk;
  };
  const stillTalks = async (asterisk: RawAsterisk): Promise<void> => {
    const { length } = asterisk.echoed;
    asterisk.speak();
    await vi.waitFor(() => expect(asterisk.echoed.length).toBeGreaterThan(length), PATIENCE);
  };
  /** Within this test. */
  const counts = async (series: string, atLeast = 1): Promise<void> => {
    const grown = async (): Promise<number> => ((await service.counts()).get(series) ?? 0) - (before.get(series) ?? 0);
    await vi.waitFor(async () => expect(await grown()).toBeGreaterThanOrEqual(atLeast), PATIENCE);
  };
  const problem = (name: string): string => `inzwa_wire_problems_total{problem="${name}"}`;
  const refusedAs = (code: string): string => `inzwa_refused_total{code="${code}"}`;
  const endedAs = (result: string, reason: string): string =>
    `inzwa_calls_total{result="${result}",reason="${reason}"}`;

  describe('before the upgrade', () => {
    it.each([
      ['a wrong password', `Basic ${btoa(`${CREDENTIALS.user}:guessed`)}`],
      ['a wrong user', `Basic ${btoa(`root:${CREDENTIALS.password}`)}`],
      ['no password at all', ''],
      ['a password that is no base64', 'Basic %%%'],
      ['another scheme', `Bearer ${CREDENTIALS.password}`],
    ])('%s is refused with 401, and the log says where to look', async (_, authorization) => {
      const response = await fetch(service.mediaUrl.replace('ws', 'http'), {
        headers: authorization === '' ? {} : { authorization },
      });
      expect([response.status, await response.json()]).toMatchObject([401, { code: 'INZWA_ASTERISK_REFUSED' }]);
      expect(response.headers.get('www-authenticate')).toContain('Basic');
      expect(service.logLines.at(-1)).toContain('websocket_client.conf');
      await expect(RawAsterisk.connect(service, { password: 'guessed' })).rejects.toThrow('401');
      await counts(refusedAs('INZWA_ASTERISK_REFUSED'), 2);
    });

    it('a query without end, or with nonsense in every place, is a call like any other', async () => {
      const about = {
        call: '../../etc/passwd',
        from: 'x'.repeat(2_000),
        direction: 'sideways',
        attached: '-1',
        after: 'y'.repeat(500),
        state: 'z'.repeat(1_000),
      };
      await stillTalks(await talking({ about }));
    });
  });

  describe('instead of MEDIA_START', () => {
    it('silence is waited for no longer than five seconds', async () => {
      const asterisk = await connect();
      expect(await asterisk.closed).toBe(1008);
      await counts(refusedAs('INZWA_START_LATE'));
    });

    it.each([
      ['a format nobody speaks', { format: 'opus' }, 1003],
      ['frames of another length', { ptime: 40 }, 1003],
    ])('%s is refused, and the log says what to write in the dialplan', async (_, over, code) => {
      const asterisk = await connect();
      asterisk.start(nextId(), over);
      expect(await asterisk.closed).toBe(code);
      await counts(refusedAs('INZWA_START_REFUSED'));
      expect(service.logLines.at(-1)).toContain('c(alaw)');
    });

    it('a MEDIA_START without its channel is none, and a right one after it is taken', async () => {
      const asterisk = await connect();
      asterisk.tell({ event: 'MEDIA_START', format: 'alaw' });
      await counts(problem('bad-message'));
      asterisk.start(nextId());
      await stillTalks(asterisk);
    });

    it('other words are counted, and too many of them close the socket', async () => {
      const asterisk = await connect();
      for (let n = 0; n < 51; n++) asterisk.tell({ event: 'XON_TEAPOT' });
      expect(await asterisk.closed).toBe(1008);
      await counts(problem('unknown-event'), 51);
      await counts(refusedAs('INZWA_START_REFUSED'));
    });

    it('a socket that dies is one that was lost', async () => {
      const asterisk = await connect();
      asterisk.ws.terminate();
      await counts(refusedAs('INZWA_WIRE_CLOSED'));
    });

    it('audio is kept for the call', async () => {
      const asterisk = await connect();
      for (let n = 0; n < 3; n++) asterisk.speak();
      asterisk.start(nextId());
      await vi.waitFor(() => expect(asterisk.echoed).toEqual([0x20, 0x21, 0x22]), PATIENCE);
    });
  });

  describe('in a call', () => {
    it.each([
      ['malformed JSON', '{"event":', 'malformed-json'],
      ['plain text, as chan_websocket speaks without f(json)', 'MEDIA_XOFF channel_id:1', 'malformed-json'],
      ['JSON that is no object', '[1,2,3]', 'bad-message'],
      ['an unknown event', '{"event":"TEAPOT"}', 'unknown-event'],
      ['an event named like a property of every object', '{"event":"constructor"}', 'unknown-event'],
      ['a key that no telephone has', '{"event":"DTMF_END","digit":"99"}', 'bad-message'],
      ['a queue of less than nothing', '{"event":"STATUS","queue_length":-1}', 'bad-message'],
      ['a mark that nobody set', '{"event":"MEDIA_MARK_PROCESSED","correlation_id":"4711"}', 'unknown-mark'],
      ['an error of Asterisk’s', '{"event":"ERROR","error_text":"?"}', 'error-event'],
      ['a text as long as a book', `{"event":"${'x'.repeat(60_000)}"}`, 'unknown-event'],
    ])('%s is counted, and the call goes on', async (_, text, name) => {
      const asterisk = await talking();
      asterisk.ws.send(text);
      await counts(problem(name));
      await stillTalks(asterisk);
    });

    it('a second MEDIA_START is counted, and the call goes on', async () => {
      const asterisk = await talking();
      asterisk.start(nextId());
      await counts(problem('second-start'));
      await stillTalks(asterisk);
    });

    it.each([
      ['a binary message', Buffer.alloc(70_000)],
      ['a text', 'x'.repeat(70_000)],
    ])('%s over 64 KiB ends it with 1009', async (_, message) => {
      const asterisk = await talking();
      asterisk.ws.send(message);
      expect(await asterisk.closed).toBe(1009);
      await counts(problem('too-large'));
      await counts(endedAs('upstream', 'protocol'));
    });

    it('a second socket for its channel is refused, and the first one goes on', async () => {
      const first = await connect();
      const id = nextId();
      first.start(id);
      first.speak();
      await vi.waitFor(() => expect(first.echoed.length).toBe(1), PATIENCE);
      const second = await connect();
      second.start(id);
      expect(await second.closed).toBe(1008);
      await counts(refusedAs('INZWA_CALL_REFUSED'));
      expect(service.logLines.at(-1)).toContain('already in conversation');
      await stillTalks(first);
    });

    it('a caller’s number that is not one is no reason to refuse the caller, and is in no log', async () => {
      const from = 'anonymous-4711-secret';
      await talking({ about: { call: '1795415122.77', from } });
      const line = service.logLines.findLast((each) => each.includes('1795415122.77')) ?? '';
      expect(line).toContain('not a telephone number');
      expect(service.logLines.join('\n')).not.toContain('4711');
    });

    it('empty messages are lost frames: they are made up for, and time goes on', async () => {
      const asterisk = await talking();
      for (let n = 0; n < 5; n++) asterisk.speak();
      await vi.waitFor(() => expect(asterisk.echoed.length).toBe(6), PATIENCE);
      for (let n = 0; n < 20; n++) asterisk.ws.send(Buffer.alloc(0));
      await counts(problem('zero-byte'), 20);
      await counts(problem('lost-frame'), 3);
      await stillTalks(asterisk);
    });

    it('odd pieces of audio are put together to frames', async () => {
      const asterisk = await talking();
      for (const bytes of [1, 158, 3, 77, 81]) asterisk.ws.send(Buffer.alloc(bytes, 0x30));
      await vi.waitFor(() => expect(asterisk.echoed.slice(1)).toEqual([0x30, 0x30]), PATIENCE);
    });

    it('half a sample of wideband audio is counted and dropped', async () => {
      const asterisk = await connect();
      asterisk.start(nextId(), { format: 'slin16', optimal_frame_size: 640 });
      asterisk.ws.send(Buffer.alloc(641));
      await counts(problem('odd-bytes'));
      asterisk.ws.send(Buffer.alloc(640, 1));
      await vi.waitFor(() => expect(asterisk.echoed.length).toBeGreaterThanOrEqual(4), PATIENCE);
    });

    it('a flood of nonsense ends it', async () => {
      const asterisk = await talking();
      for (let n = 0; n < 300; n++) asterisk.ws.send('}{');
      expect(await asterisk.closed).toBe(1008);
      await counts(problem('too-many-problems'));
      await counts(endedAs('upstream', 'protocol'));
    });

    it('a flood of keys is bounded, and the call goes on', async () => {
      const asterisk = await talking();
      for (let n = 0; n < 200; n++) asterisk.tell({ event: 'DTMF_END', digit: '1' });
      await counts(problem('dtmf-flood'), 100);
      await stillTalks(asterisk);
    });

    it('a reset ends it, and nothing else', async () => {
      const asterisk = await talking();
      asterisk.ws.terminate();
      await counts(endedAs('upstream', 'socket-lost'));
    });
  });
});
