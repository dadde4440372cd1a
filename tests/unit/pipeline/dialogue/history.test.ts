import { describe, expect, it } from 'vitest';
import { ConversationHistory, estimateTokens } from '#pipeline/dialogue/history.ts';

describe('ConversationHistory', () => {
  it('keeps what was said in order and leaves an unfinished agent turn out', () => {
    const history = new ConversationHistory();
    history.appendCaller('Makadii?');
    history.beginAgent();
    history.appendAgent('Tiripo,');
    history.appendAgent('makadiiwo?');
    expect(history.forPrompt()).toEqual([{ who: 'caller', text: 'Makadii?' }]);
    history.completeAgent();
    expect(history.forPrompt()).toEqual([
      { who: 'caller', text: 'Makadii?' },
      { who: 'agent', text: 'Tiripo, makadiiwo?' },
    ]);
  });

  it('keeps only what was heard of an interrupted turn', () => {
    const history = new ConversationHistory();
    history.appendCaller('Munovhura nguvai?');
    history.beginAgent();
    history.appendAgent('Kiriniki inovhura nguva dza sere dzemangwanani.');
    history.truncateToHeard('Kiriniki inovhura');
    history.appendAgent('nguva dza sere');
    history.appendCaller('Mirai.');
    expect(history.forPrompt().map((turn) => turn.text)).toEqual(['Munovhura nguvai?', 'Kiriniki inovhura', 'Mirai.']);
  });

  it('forgets a turn of which nothing was heard, and joins the caller lines around it', () => {
    const history = new ConversationHistory();
    history.appendCaller('Munovhura');
    history.beginAgent();
    history.appendAgent('Ndine urombo.');
    history.truncateToHeard('');
    history.appendCaller('nguvai?');
    expect(history.forPrompt()).toEqual([{ who: 'caller', text: 'Munovhura nguvai?' }]);
  });

  it('cuts a completed turn when its last words turn out not to have been heard', () => {
    const history = new ConversationHistory();
    history.beginAgent();
    history.appendAgent('Tatenda nekufona.');
    history.completeAgent();
    history.truncateToHeard('Tatenda');
    expect(history.forPrompt()).toEqual([{ who: 'agent', text: 'Tatenda' }]);
    history.appendCaller('Maita basa.');
    history.truncateToHeard('');
    expect(history.forPrompt().map((turn) => turn.text)).toEqual(['Tatenda', 'Maita basa.']);
  });

  it('drops the oldest turns beyond the number of turns', () => {
    const history = new ConversationHistory({ maxTurns: 2 });
    history.appendCaller('rimwe');
    history.beginAgent();
    history.appendAgent('maviri');
    history.completeAgent();
    history.appendCaller('matatu');
    expect(history.forPrompt().map((turn) => turn.text)).toEqual(['maviri', 'matatu']);
  });

  it('drops the oldest turns beyond the tokens, but never the newest', () => {
    const history = new ConversationHistory({ maxTokens: 10, countTokens: (text) => text.length });
    history.appendCaller('aaaaaa');
    history.beginAgent();
    history.appendAgent('bbbbbb');
    history.completeAgent();
    expect(history.forPrompt().map((turn) => turn.text)).toEqual(['bbbbbb']);
    history.appendCaller('c'.repeat(50));
    expect(history.forPrompt().map((turn) => turn.text)).toEqual(['c'.repeat(50)]);
  });

  it('estimates 3.3 tokens a word', () => {
    expect(estimateTokens('Kiriniki inovhura nguvai mangwana?')).toBe(14);
    expect(estimateTokens('  ')).toBe(0);
  });
});
