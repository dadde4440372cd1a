import { describe, expect, it } from 'vitest';
import { WhisperTokenizer, suppressedTokens } from '#pipeline/recognition/tokenizer.ts';
import { END_OF_TEXT, VOCABULARY, tinyTokenizerJson } from './tiny-tokenizer.ts';

const tokenizer = WhisperTokenizer.parse(tinyTokenizerJson(), 'tiny');

describe('WhisperTokenizer', () => {
  it('merges by rank and comes back to the same text', () => {
    const text = 'mvura ino vhura mvura';
    const tokens = tokenizer.encode(text);
    expect(tokens.length).toBeLessThan(text.length);
    expect(tokenizer.decode(tokens)).toBe(text);
    expect(tokenizer.encode('vura')).toHaveLength(1);
  });

  it('cuts words before it merges: a word is the same wherever it stands', () => {
    const [first] = tokenizer.encode(' vura');
    expect(tokenizer.encode(' vura vura').filter((token) => token === first)).toHaveLength(2);
  });

  it('leaves special tokens out of the text', () => {
    expect(tokenizer.decode([...tokenizer.encode('ino'), END_OF_TEXT, tokenizer.special.noTimestamps])).toBe('ino');
  });

  it('knows the languages it has, and says so of others', () => {
    expect(tokenizer.language('sn')).toBeGreaterThan(END_OF_TEXT);
    expect(() => tokenizer.language('xx')).toThrow(expect.objectContaining({ code: 'INZWA_TOKENIZER_INVALID' }));
  });

  it('refuses a file that is something else', () => {
    for (const text of ['', '{}', JSON.stringify({ model: { vocab: {}, merges: [] }, added_tokens: [] })]) {
      expect(() => WhisperTokenizer.parse(text, 'other.json')).toThrow(
        expect.objectContaining({ code: 'INZWA_TOKENIZER_INVALID' }),
      );
    }
  });

  it('suppresses every special token but the end, and no letter', () => {
    const suppressed = suppressedTokens(tokenizer, VOCABULARY);
    expect(suppressed).not.toContain(END_OF_TEXT);
    expect(suppressed).toContain(tokenizer.special.noSpeech);
    expect(suppressed).toContain(VOCABULARY - 1);
    for (const token of tokenizer.encode('mvura ino')) expect(suppressed).not.toContain(token);
  });
});
