import { describe, expect, it } from 'vitest';
import { HeardGuard } from '#pipeline/dialogue/heard-guard.ts';
import { phrase, welcomeAt } from '#pipeline/dialogue/hotline.ts';
import { loadHotline } from '#prompts/load.ts';

const hotline = loadHotline('kiriniki');
const guard = new HeardGuard(hotline.pack);
const WELCOME = welcomeAt(hotline, 0);
const NOT_UNDERSTOOD = phrase(hotline, 'not-understood');
const HOURS = hotline.cards.find(({ id }) => id === 'nguva-dzekuvhura')!.answer;
const SAID = [WELCOME, NOT_UNDERSTOOD, HOURS];

describe('the echo of the agent', () => {
  it.each([
    // Recognised from a line at -15 dB.
    'Muri kutaura nemu chinat? Kwe te munu? Tingaku batirai sei nasi?',
    'Amasarai hindi nakinsweseza na pohazvakurai kana kuti nd minu.',
    WELCOME,
    NOT_UNDERSTOOD,
    'Kiriniki inovhura nguva dzesere mangwanani, inovhara nguva dzina nehafu masikati',
  ])('is known: %s', (text) => expect(guard.doubtOf(text, SAID)).toBe('echo'));

  it('is only the echo of what was said', () => {
    expect(guard.doubtOf('Tingakubatsirai sei nhasi', [NOT_UNDERSTOOD])).toBeUndefined();
    expect(guard.doubtOf(WELCOME, [])).toBeUndefined();
  });

  it.each([
    'Hongu',
    'Munhu',
    'Mangwanani',
    'Mangwanani, makadii',
    'Kiriniki',
    'Neruzhinji',
    'Ndatenda',
    'Ndapota dzokororai',
  ])('is not what answers or takes up a word of it: %s', (text) => expect(guard.doubtOf(text, SAID)).toBeUndefined());

  it('is no way of asking a card, whichever fixed sentence or card was said before, its own included', () => {
    for (const { questions, answer } of hotline.cards) {
      for (const question of questions) {
        expect(guard.doubtOf(question, [WELCOME, NOT_UNDERSTOOD, answer]), question).toBeUndefined();
      }
    }
  });
});

describe('another language', () => {
  it.each([
    'My brother works in South Africa.',
    'The children are at school until 3.',
    'Do you have change for ten dollars?',
    'The church choir sings on Sunday morning',
    'Ndau, ai habnut seen hym since monday?',
  ])('is known: %s', (text) => expect(guard.doubtOf(text, [])).toBe('foreign-language'));

  it.each([
    'Can I talk to someone please',
    'Stop calling me please',
    'What did you say',
    'I want to die',
    'Thank you very much, goodbye',
    'HIV test',
    'South Africa',
    'Ndinoda kuita book appointment',
    'Mwana wangu ane temperature, ndoita sei',
    'Nina kutaura ne muni',
    'kuiongorua ropa kwakabanzika her',
    '077 345 6789',
    '',
  ])('is not what a pack knows, a loan, a name, a number or a slip: %s', (text) =>
    expect(guard.doubtOf(text, [])).toBeUndefined(),
  );
});

describe('a text that a decoder without an end has said again', () => {
  const SAID = 'Muri kutaura nemuchina, kwete munhu. Tingakubatsirai sei nhasi?';

  it('is doubted', () => {
    expect(guard.doubtOf('Ndiri kukosora kwenguva nguvai mangwana? Ndiri kukosora kwenguva nguva mangwana?', [])).toBe(
      'repetitive',
    );
  });

  it('is doubted when something else comes behind it', () => {
    // Recognised from four voices at once.
    const heard =
      'Ndiri kukosora kwenguva nguvai mangwana? Ndiri kukosora kwenguva nguvai mangwana? ndibatsireiwo nekukurumidza.';
    expect(guard.doubtOf(heard, [])).toBe('repetitive');
  });

  it('is an echo when what was said once is one', () => {
    const heard = 'Mwuri kutaura nemuchina, kwekumunu, kingaku batiraisei nasi.';
    expect(guard.doubtOf(`${heard} ${heard.replace('nasi', 'nase')}`, [SAID])).toBe('echo');
  });

  it.each([
    'Ehe, ehe, ndizvozvo',
    'Kiriniki iri kupi? Ndinoda kuziva kuti iri kupi.',
    'Mwana wangu ari kupisa muviri, mwana wangu ari kurutsa.',
    'zero seven seven two three four five zero seven seven two three four six',
  ])('is told from people who repeat a word or two: %s', (text) => {
    expect(guard.doubtOf(text, [])).not.toBe('repetitive');
  });
});
