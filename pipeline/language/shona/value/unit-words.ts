/** What is counted or told: money, clock, calendar, spans of time, and the words between. */
import type { Role } from './lexeme.ts';
import type { Entry } from './number-words.ts';

const money: readonly Entry[] = [
  ['dhora dora dollar dhola dola', { currency: 'USD', isSingular: true }],
  ['madhora madora dollars madollar madollars madhola madola usd $ us$', { currency: 'USD' }],
  ['randi rand', { currency: 'ZAR', isSingular: true }],
  ['marandi marand rands zar r', { currency: 'ZAR' }],
  ['zigi zig mazigi zwg', { currency: 'ZiG' }],
  ['pura pula', { currency: 'BWP', isSingular: true }],
  ['mapura mapula', { currency: 'BWP' }],
  ['yuro euro', { currency: 'EUR', isSingular: true }],
  ['mayuro euros maeuro', { currency: 'EUR' }],
  ['paundi pound', { currency: 'GBP', isSingular: true }],
  ['mapaundi pounds', { currency: 'GBP' }],
  ['sendi cent', { currency: 'USD', isCents: true, isSingular: true }],
  ['masendi macent macents cents c ¢', { currency: 'USD', isCents: true }],
];

const CONCORDS = ['', 'e', 're', 'ye', 'dze', 'a', 'ra', 'ya'];
const countries = (stems: readonly string[], role: Role): Entry => [
  stems.flatMap((stem) => CONCORDS.map((concord) => concord + stem)).join(' '),
  { role },
];

/** Also behind "mushure", after: mushure memaawa maviri, in two hours. */
const spanOf = (words: string, lexeme: Entry[1]): Entry => [
  words.replace(/\S+/gu, (word) => `${word} me${word}`),
  lexeme,
];

const spans: readonly Entry[] = [
  spanOf('awa hour', { timeUnit: 'hours', isSingular: true }),
  spanOf('maawa maawaa hours hrs hr', { timeUnit: 'hours' }),
  spanOf('mineti miniti minitsi minute', { timeUnit: 'minutes', isSingular: true }),
  spanOf('maminitsi maminetsi maminiti maminitisi mamineti minutes mins min', { timeUnit: 'minutes' }),
  spanOf('sekondi', { timeUnit: 'seconds', isSingular: true }),
  ['second', { timeUnit: 'seconds' }],
  spanOf('masekondi masekonzi seconds secs sec', { timeUnit: 'seconds' }),
  spanOf('zuva day', { timeUnit: 'days', isSingular: true }),
  spanOf('mazuva misi days', { timeUnit: 'days' }),
  spanOf('vhiki svondo week', { timeUnit: 'weeks', isSingular: true }),
  spanOf('mavhiki masvondo weeks', { timeUnit: 'weeks' }),
  spanOf('mwedzi', { timeUnit: 'months', isSingular: true }),
  ['month', { timeUnit: 'months', isSingular: true }],
  ['months', { timeUnit: 'months' }],
  spanOf('gore year', { timeUnit: 'years', isSingular: true }),
  spanOf('makore years yrs', { timeUnit: 'years' }),
];

/** January first: Shona (CLDR and corpus agree), English, English as Shona writes it, English shortened. */
const MONTHS = [
  'ndira january januwari jan',
  'kukadzi february febhuwari feb',
  'kurume march machi',
  'kubvumbi april epuriri apr',
  'chivabvu may meyi',
  'chikumi june juni',
  'chikunguru july julayi chulayi',
  'nyamavhuvhu august ogasiti aug',
  'gunyana september sepitemba sept',
  'gumiguru october okitobha oct',
  'mbudzi november novhemba nov',
  'zvita december dhisemba dec',
] as const;
/** Monday first. */
const WEEKDAYS = [
  'muvhuro monday',
  'chipiri tuesday',
  'chitatu wednesday',
  'china thursday',
  'chishanu friday',
  'mugovera saturday',
  'svondo sunday',
] as const;

const calendar: readonly Entry[] = [
  ...MONTHS.map((words, at): Entry => [words, { month: at + 1 }]),
  // A goat, and English verbs.
  ['mbudzi march may', { isWeak: true }],
  ...WEEKDAYS.map((words, at): Entry => [words, { weekday: at + 1 }]),
  ['nhasi nhasa today', { daysFromToday: 0 }],
  ['mangwana tomorrow', { daysFromToday: 1 }],
  ['nezuro zuro yesterday', { daysFromToday: -1 }],
  ['marimwezuro', { daysFromToday: -2 }],
];

const dayParts: readonly Entry[] = [
  ['mangwanani mangwananingwanani rungwanani makuseni morning', { dayPart: 'morning' }],
  ['masikati afternoon', { dayPart: 'afternoon' }],
  ['manheru madekwana madeko evening', { dayPart: 'evening' }],
  ['husiku usiku night tonight', { dayPart: 'night' }],
  ['am', { dayPart: 'am' }],
  ['pm', { dayPart: 'pm' }],
];

const ROLES: Readonly<Record<Exclude<Role, 'american' | 'local'>, string>> = {
  only: 'chete only',
  having: 'zvine ane rine ine chine vane dzine une yine ene',
  point: 'poindi poyindi pointi poyinti poinzi poini point koma comma',
  percent: 'muzana pazana percent pesendi pasendi pesenti pasenti %',
  share: 'chikamu zvikamu',
  from: 'kubva kubvira',
  plus: 'plus purasi purusi +',
  minus: 'minus mainasi mainesi',
  clock: 'nguva',
  oclock: "koroko o'clock oclock okoroko",
  past: 'past pasiti',
  to: 'to',
  day: 'musi',
  number: 'nhamba runhare nharembozha foni fonai fonera number phone mobile cell reference',
  polite:
    'ndapota tapota ndatenda tatenda hongu hungu ehe ehee eya ya yaa yah yes okay ok oky please thanks thank you ' +
    'ndinoda ndoda ndiri kuda ndipei ndipeiwo ndipewo ndi ndinoti baba amai mai sekuru ambuya shefu changamire',
  old: 'old ekuberekwa okuberekwa',
};

const partial: readonly Entry[] = [
  ['hafu half', { part: 0.5 }],
  ['chidimbu', { part: 0.5, isWeak: true }],
  ['kota quarter', { part: 0.25 }],
  ['double dhabhuru dhabuli dhabho', { repeat: 2 }],
  ['triple turipuru tiripuru', { repeat: 3 }],
];

/** Every word that is not a numeral and yet means something to a value. */
export const UNIT_WORDS: readonly Entry[] = [
  ...money,
  countries(['kuamerica', 'kuamerika', 'america', 'amerika', 'kuusa', 'us', 'usa', 'american'], 'american'),
  countries(['kuzimbabwe', 'muzimbabwe', 'zimbabwe', 'muno'], 'local'),
  ...spans,
  ...calendar,
  ...dayParts,
  ...partial,
  ...Object.entries(ROLES).map(([role, words]): Entry => [words, { role: role as Role }]),
];
