import { describe, expect, it } from 'vitest';
import { ScriptedInterview } from './scripted-interview.ts';

describe('the end of an interview', () => {
  it('without an answer that it must have says that another call would have nothing to ask', async () => {
    const answered = { manyoka: false, mvura: 'tsime', kiriniki: '2026-01-02', mashoko: 'Tatenda.' };
    const call = new ScriptedInterview({ circumstances: { answered } });
    await call.begin();
    await call.pass(1_000);
    await call.press('#');
    expect(await call.untilSaid()).toContain(call.interview.closing);
    expect((await call.untilOver()).outcome).toMatchObject({ result: 'partial', isAllAsked: true });
  });

  it('takes its leave in full of somebody who ends the last entry with a key that it needed no more', async () => {
    const answered = { manyoka: false, mvura: 'tsime', kiriniki: '2026-01-02', mashoko: 'Tatenda.' };
    const call = new ScriptedInterview({ circumstances: { answered } });
    await call.begin();
    await call.pass(1_000);
    await call.press('7#', 100);
    await call.untilOver();
    expect(call.all('agent-said').at(-1)?.heardText).toBe(call.interview.closing);
    expect(call.answers).toMatchObject([{ question: 'vagari', value: 7 }]);
  });

  it('takes its leave in full of somebody who presses twice that they want no more calls', async () => {
    const call = new ScriptedInterview();
    await call.begin();
    await call.press('99', 300);
    await call.untilOver();
    expect(call.all('agent-said').at(-1)?.heardText).toBe(call.phrase('opt-out'));
    expect(call.all('call-ended')).toMatchObject([{ cause: { result: 'success', reason: 'conversation-finished' } }]);
  });
});
