/**
 * What Whisper and its kin write when nobody speaks: the last lines of the films they were trained on, in every language.
 * Known from many public bug reports; none of it is ever said to a telephone hotline, thanks for listening included.
 */

/** Anywhere in the text; letters only, lower case, no spaces. */
const ANYWHERE: readonly string[] = [
  'thanksforwatching',
  'thankyouforwatching',
  'thankyouforlistening',
  'thankssomuchforwatching',
  'seeyouinthenextvideo',
  'dontforgettosubscribe',
  'likeandsubscribe',
  'subscribetomychannel',
  'subscribetothechannel',
  'subtitlesby',
  'subtitledby',
  'captionsby',
  'captioningby',
  'transcriptionby',
  'translatedby',
  'transcribedby',
  'amaraorg',
  'opensubtitles',
  'soustitres',
  'soustitrage',
  'mercidavoirregarde',
  'untertitel',
  'vielendankfurszuschauen',
  'dankefurszuschauen',
  'subtitulospor',
  'subtitulosrealizados',
  'graciasporver',
  'legendaspor',
  'legendasby',
  'obrigadoporassistir',
  'sottotitoli',
  'ondertiteling',
  'ondertiteld',
  'altyazi',
  'napisy',
  'titulky',
  'undertekst',
  'undertexter',
  'teksting',
  'asantenikwakutazama',
  'asantekwakutazama',
].map(lettersOf);

/** As all that was written. */
const WHOLE: ReadonlySet<string> = new Set(
  [
    'you',
    'the end',
    'applause',
    'laughter',
    'music',
    'silence',
    'blank audio',
    'foreign',
    'speaking foreign language',
  ].map(lettersOf),
);

/** Notes, and what stands in brackets as in subtitles for the deaf: [Music], (applause), *coughs*. */
const SIGNS = /[\u2669-\u266F\u{1F39D}-\u{1F3BC}]/u;
const BRACKETED = /^\s*(?:[[(*][^\])*]*[\])*][\s.!…-]*)+$/u;

/** True when the text is a known invention: as a whole, or for what no caller says, in any part of it. */
export function isInvention(text: string): boolean {
  if (SIGNS.test(text) || BRACKETED.test(text)) return true;
  const letters = lettersOf(text);
  return WHOLE.has(letters) || ANYWHERE.some((line) => letters.includes(line));
}

function lettersOf(text: string): string {
  return text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ı', 'i')
    .replaceAll(/[^a-z]/gu, '');
}
