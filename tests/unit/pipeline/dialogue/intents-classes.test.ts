import { describe, expect, it, test } from 'vitest';
import { IntentDetector, intentChoices, type Intent } from '#pipeline/dialogue/intents.ts';
import { loadHotline } from '#prompts/load.ts';

const { pack, cards } = loadHotline('kiriniki');
const detector = new IntentDetector(pack);
const outside = (text: string): Intent | undefined => detector.detect(text, false);
const inSlot = (text: string): Intent | undefined => detector.detect(text, true);

describe('words that are a yes only in answer to a question', () => {
  const YES = [
    'hongu',
    'Hungu',
    'ehe',
    'Ehee',
    'eya',
    'ya',
    'Yaa.',
    'yeah',
    'yes',
    'ndizvo',
    'okay',
    'ok',
    'zvakanaka',
  ];
  it.each(YES)('%s', (word) => {
    expect(inSlot(word)).toBe('yes');
    expect(inSlot(`${word}, ndapota`)).toBe('yes');
    expect(inSlot(`Ndapota, ${word}, ndatenda`)).toBe('yes');
    expect(outside(word)).toBe('backchannel');
    expect(outside(`${word} ${word}`)).toBe('backchannel');
  });

  it.each([
    'Yes please',
    'Hongu, ndinoda',
    'Ehe ndipeiwo nhamba',
    'Ndati hongu',
    'ehe ka',
    'Mhm, hongu',
    'Ndinobvuma',
    'No problem',
    'Hazvina mhosva',
    'HONGU!',
    'Sure, okay',
    'Ndinoda hangu',
  ])('%s answers yes', (text) => expect(inSlot(text)).toBe('yes'));

  it.each([
    'Hongu, mutengo wemishonga ndewei',
    'Ndizvo here?',
    'Hongu here?',
    'hongu kwete',
    'Kwete hongu',
    'Ehe asi handina mari',
    'Chokwadi here kuti munovhura',
    'ndinoda kuonana nachiremba',
    'Zvakanaka here mudzimai wangu',
  ])('%s does not', (text) => expect(inSlot(text)).not.toBe('yes'));
});

describe('words of refusal', () => {
  it.each([
    'Kwete',
    'Aiwa',
    'Aihwa',
    'aiwa bodo',
    'Handidi',
    'No thanks',
    'No, thank you',
    'Kwete, ndatenda',
    'Aiwa zvakanaka',
    'Kwete hapana',
    'nope',
    'Handidi, ndapota',
    'KWETE KWETE',
  ])('%s is a no, asked for or not', (text) => {
    expect(inSlot(text)).toBe('no');
    expect(outside(text)).toBe('no');
  });

  it.each([
    'Uyu mushonga wevana kwete wevakuru',
    'Kwete mutengo wemishonga',
    'Mishonga yevana kwete yevakuru',
    'kwete Muvhuro asi Chipiri',
    'Aiwa ndinoda nhomba',
    'Handidi mapiritsi',
    'I have no money',
  ])('%s is none', (text) => {
    expect(inSlot(text)).not.toBe('no');
    expect(outside(text)).not.toBe('no');
  });
});

describe('grunts', () => {
  const GRUNTS = 'mm,Mmm,mhm,Mhm.,mm-hmm,Mm-mm,mh-mh,a-a,aa-aa,A-a!,Aha,uh-huh,Hmm,mhm mhm,Mmh,nh-nh'.split(',');
  it.each(GRUNTS)('%s is neither consent nor refusal, and never acts', (grunt) => {
    expect(['yes', 'no']).not.toContain(inSlot(grunt));
    expect(['backchannel', undefined]).toContain(inSlot(grunt));
    expect(outside(grunt)).toBe('backchannel');
  });
});

describe('not to be called again', () => {
  it.each([
    'musandifonere',
    'Musandifonerezve',
    'musandi fonere',
    'MUSANDIFONERE!',
    'musantifonere',
    'Musandifonerezve ndapota',
    'Musandifonere nekuti ndiri kubasa',
    'Pamusoroi, ndapota musandifonerezve nguva dzese',
    'regai kundifonera',
    'Handichadi kufonerwa nemi',
    'Handichada kufonerwa',
    'Ndibvisei palisti',
    'ndibvisei pa list yenyu',
    'musazofona zvakare',
    'stop',
    'Stop it.',
    'Stop calling me',
    'stop calling me please',
    'Please stop calling me ndapota',
    "don't call me again",
    'Do not call me',
    'Please remove me from your list',
    'Take me off your list',
    'Okay, musandifonerezve',
  ])('%s', (text) => {
    expect(outside(text)).toBe('opt-out');
    expect(inSlot(text)).toBe('opt-out');
  });

  it.each([
    'bus stop',
    'Ndibvisei mazino',
    'Handina kuti musandifonere',
    'Mundifonere mangwana',
    'Ndinogona kufona here',
  ])('%s is not that', (text) => {
    expect(outside(text)).not.toBe('opt-out');
    expect(inSlot(text)).not.toBe('opt-out');
  });
});

describe('at any moment', () => {
  const AT_ANY_MOMENT: readonly (readonly [Intent, readonly string[]])[] = [
    [
      'repeat',
      [
        'Mati chii',
        'matichii',
        'Makanzi chii?',
        'makanzichii',
        'Chii?',
        'Handisi kunzwa',
        'handisikunzwa',
        'Handinzwi',
        'Handisi kukunzwai',
        'Hello hello',
        'Halo? Halo?',
        'Pamusoroi, handina kunzwa zvakanaka',
        'Handina kunswa svakanaka',
        'Dzokororaiwo ndapota',
        'Tsokororai',
        'Munogona kudzokorora here',
        'Pardon?',
        'Sorry?',
        'Can you repeat that please',
        'Say again',
        "I can't hear you",
        'Mirai, dzokororai',
      ],
    ],
    [
      'slower',
      [
        'Taurai zvishoma',
        'taurai svishoma nesvishoma',
        'taurai zvishoma nezvishoma ndapota',
        'zvishomanezvishoma',
        'Musamhanya',
        'Muri kukurumidza',
        'Slow down please',
        'speak slowly',
      ],
    ],
    [
      'human',
      [
        'Munhu',
        'Ndinoda munhu',
        'Mushandi',
        'agent',
        'Ndibatanidzei',
        'ndibatanitsei nemunhu',
        'Ndinodakutaura nemunhu',
        'Ndinoda kutaura nemunhu nezvedambudziko rangu',
        'Hongu, ndinoda kutaura nemunhu',
        'Aiwa, ndinoda kutaura nemunhu',
        'Can I talk to someone',
        'Can I please talk to someone about my child',
        'can I speak to a person ndapota',
        'Help me ndapota',
        'Handidi kutaura nemuchina',
      ],
    ],
    [
      'goodbye',
      ['Okay bye', 'Zvakanaka, chisarai zvakanaka', 'Ndatenda, ndizvo chete', 'Bye bye', 'chisaraizvakanaka'],
    ],
    ['thanks', ['Okay, ndatenda', 'Thank you', 'Maita basa', 'Hongu, mazvita']],
    ['greeting', ['Hello', 'Good morning', 'Ehe, makadii', 'Mhoroi henyu']],
  ];
  describe.each(AT_ANY_MOMENT)('%s', (intent, texts) => {
    test.each(texts)('%s', (text) => expect(outside(text)).toBe(intent));
  });

  test.each(['Mati chii', 'Handinzwi', 'Taurai zvishoma', 'Ndinoda munhu', 'Hongu, ndinoda kutaura nemunhu', 'bye'])(
    '%s also where yes or no was asked for',
    (text) => expect(inSlot(text)).toBe(outside(text)),
  );
});

test.each(['Mirai', 'Imbomirai', 'Chimbomirai zvenyu', 'Pamusoroi', 'Teererai', 'Ndapota', 'Ndinoda', 'Hold on'])(
  '%s asks for nothing but silence',
  (text) => expect(outside(text)).toBe('backchannel'),
);

describe('emergencies', () => {
  it.each([
    'NDINODA KUFA',
    'ndinodakufa',
    'Handichada kurarama',
    'Akazvisungirira',
    'Anwa mushonga wemakonzo, anwa muchetura',
    'Help, emergency!',
    'I want to die',
    'Mwana kubuda ropa, help me ndapota',
    'Kwete, ndarohwa',
    'Musandifonere, ndinoda kuzviuraya',
  ])('%s goes before everything else', (text) => {
    expect(outside(text)).toBe('emergency');
    expect(inSlot(text)).toBe('emergency');
  });

  it.each(['Ndinoda kuva nemwana', 'Ndinoda kuva mukoti', 'Hapana tsaona', 'Handina kubatwa chibharo'])(
    '%s is none',
    (text) => expect(outside(text)).not.toBe('emergency'),
  );
});

describe('sensitive words', () => {
  it.each([
    'Ndine HIV',
    'Munhu ane utachiona hweHIV anorarama sei',
    'Murume wangu anondirova',
    'Ndakarasikirwa nepamuviri',
    'Amai vashaya',
    'Tafirwa kumba',
    'Ndoda kubvisa nhumbu',
    'Ndiri kufungisisa zvakanyanya',
    'Chirwere chepabonde',
    'Handina kurohwa',
    'I had a miscarriage',
  ])('%s is for no model, and no intent of its own either', (text) => {
    expect(detector.isSensitive(text)).toBe(true);
    expect(outside(text)).toBeUndefined();
  });

  it.each([
    'Ndine pamuviri',
    'Mishonga inoita marii',
    'Ndashaya mari',
    'Ndarasikirwa nechitupa',
    'Ndinoda kufara',
    'Ndiri kufudza mombe',
    'Ndinorima rape',
    'Chiremba aripo here',
  ])('%s is none', (text) => expect(detector.isSensitive(text)).toBe(false));
});

test('only what is spelt like the language competes with cards by likeness', () => {
  const forms = intentChoices(pack).flatMap(({ questions }) => questions);
  expect(forms).toContain('ndinoda kutaura nemunhu');
  expect(forms.filter((form) => /stop|call|talk|slow/u.test(form))).toEqual([]);
});

test('no way of asking an ordinary card is an intent, in whatever mood it is asked and whatever courtesies stand beside it', () => {
  for (const { questions, isEmergency } of cards) {
    if (isEmergency) continue;
    for (const question of questions) {
      const said = `Mhoroi, pamusoroi. ${question.toUpperCase()} Ndatenda.`;
      expect([outside(said), inSlot(said)], said).toEqual([undefined, undefined]);
    }
  }
});

test('every form of a class that is asked for by name is found again, alone and with a courtesy', () => {
  for (const name of ['human', 'repeat', 'slower', 'opt-out', 'emergency'] as const) {
    for (const form of pack.classes[name].forms.filter((each) => !each.startsWith('-') && each !== 'sorry')) {
      const said = form.replaceAll('!', '');
      for (const text of [said, `Ndapota ${said}`, `${said} please`, said.toUpperCase()]) {
        expect(outside(text), text).toBe(name);
      }
    }
  }
});

describe.each(['kiriniki', 'zahanati'])('the pack of %s', (name) => {
  const { pack } = loadHotline(name);
  const named = new IntentDetector(pack);
  const CLASSES = ['greeting', 'thanks', 'goodbye', 'repeat', 'slower', 'human', 'opt-out', 'emergency'] as const;

  test.each(CLASSES)('has no form of %s that is taken for something else', (of) => {
    const heard = pack.classes[of].forms.map((form) => [form, named.detect(form.replaceAll(/^-|!/gu, ''), false)]);
    expect(heard).toEqual(pack.classes[of].forms.map((form) => [form, of]));
  });

  test.each(['yes', 'no'] as const)('has no form of %s that is no answer', (of) => {
    const heard = pack.classes[of].forms.map((form) => [form, named.detect(form, true)]);
    expect(heard).toEqual(pack.classes[of].forms.map((form) => [form, of]));
  });
});

describe('situations in which a person must be rung', () => {
  const swahili = new IntentDetector(loadHotline('zahanati').pack);

  test.each([
    'ndakanwa mapiritsi akawandisa',
    'mwana anwa parafini',
    'mwana anwa mushonga wemakonzo',
    'mwana atsva nemoto',
    'mwana atsva nemvura inopisa',
    'mwana arwara nepfari',
    'imba iri kutsva',
  ])('are heard in Shona: %s', (text) => {
    expect(outside(text)).toBe('emergency');
  });

  test.each([
    'mtoto ana degedege',
    'ana uchungu wa kujifungua',
    'baba ana kipindupindu',
    'mtoto ana sumu',
    'ana mshtuko wa moyo',
    'nimemeza vidonge vingi',
    'mtoto amepoteza fahamu',
    'nyumba inaungua',
  ])('are heard in Swahili, and not denied by what sounds like "hana": %s', (text) => {
    expect(swahili.detect(text, false)).toBe('emergency');
  });

  test('a hot child is none', () => {
    expect(swahili.detect('mwili wa mtoto una moto', false)).toBeUndefined();
    expect(swahili.isSensitive('mume wangu ananipiga')).toBe(true);
  });
});
