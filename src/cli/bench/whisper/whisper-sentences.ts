/** What the synthetic caller says in the Whisper bench: English with its pronunciation written out, Shona as text. */

export interface BenchSentence {
  readonly language: 'en' | 'sn';
  readonly text: string;
  /** What the voice is given: IPA for English, the text itself for Shona (its own table makes IPA of it). */
  readonly spoken: string;
}

function english(text: string, spoken: string): BenchSentence {
  return { language: 'en', text, spoken };
}

function shona(text: string): BenchSentence {
  return { language: 'sn', text, spoken: text };
}

export const BENCH_SENTENCES: readonly BenchSentence[] = [
  english('What time does the clinic open tomorrow?', 'wˌʌt tˈaɪm dˌʌz ðə klˈɪnɪk ˈoʊpən təmˈɑːɹoʊ?'),
  english('My child has a high fever since last night.', 'maɪ tʃˈaɪld hæz ɐ hˈaɪ fˈiːvɚ sˈɪns lˈæst nˈaɪt.'),
  english('I would like to speak to a nurse, please.', 'aɪ wʊd lˈaɪk tə spˈiːk tʊ ɐ nˈɜːs, plˈiːz.'),
  english('How much does the medicine cost?', 'hˌaʊ mˈʌtʃ dˌʌz ðə mˈɛdəsən kˈɔst?'),
  english(
    'Can I bring my baby for the vaccination on Monday?',
    'kæn aɪ bɹˈɪŋ maɪ bˈeɪbi fɔːɹ ðə vˌæksɪnˈeɪʃən ɔn mˈʌndeɪ?',
  ),
  english(
    'The bus leaves the station at seven in the morning.',
    'ðə bˈʌs lˈiːvz ðə stˈeɪʃən æt sˈɛvən ɪn ðə mˈɔːɹnɪŋ.',
  ),
  english('Please say that again, I did not hear you.', 'plˈiːz sˈeɪ ðæt ɐɡˈɛn, aɪ dˈɪd nˌɑːt hˈɪɹ juː.'),
  english('We need water and food for ten people.', 'wiː nˈiːd wˈɔːɾɚ ænd fˈuːd fɔːɹ tˈɛn pˈiːpəl.'),
  english('My mother lives in a small village near the river.', 'maɪ mˈʌðɚ lˈɪvz ɪn ɐ smˈɔːl vˈɪlɪdʒ nˌɪɹ ðə ɹˈɪvɚ.'),
  english('Where can I get a birth certificate for my son?', 'wˌɛɹ kæn aɪ ɡˈɛt ɐ bˈɜːθ sɚtˈɪfɪkət fɔːɹ maɪ sˈʌn?'),
  english('The doctor will see you in twenty minutes.', 'ðə dˈɑːktɚ wɪl sˈiː juː ɪn twˈɛnti mˈɪnɪts.'),
  english('Thank you very much for your help today.', 'θˈæŋk juː vˈɛɹi mˈʌtʃ fɔːɹ jʊɹ hˈɛlp tədˈeɪ.'),
  english('Is the market still open on Sunday afternoon?', 'ɪz ðə mˈɑːɹkɪt stˈɪl ˈoʊpən ɔn sˈʌndeɪ ˌæftɚnˈuːn?'),
  english('She walked slowly across the bridge in the rain.', 'ʃiː wˈɔːkt slˈoʊli əkɹˈɔs ðə bɹˈɪdʒ ɪn ðə ɹˈeɪn.'),
  english(
    'I have been waiting here for three hours, and nobody has called my name.',
    'aɪ hæv bˌɪn wˈeɪɾɪŋ hˈɪɹ fɔːɹ θɹˈiː ˈaʊɚz, ænd nˈoʊbədi hæz kˈɔːld maɪ nˈeɪm.',
  ),
  english(
    'Take two tablets every morning and drink a lot of water with them.',
    'tˈeɪk tˈuː tˈæbləts ˈɛvɹi mˈɔːɹnɪŋ ænd dɹˈɪŋk ɐ lˈɑːt ʌv wˈɔːɾɚ wɪð ðˌɛm.',
  ),
  english(
    'The school is closed this week because the teachers are at a meeting.',
    'ðə skˈuːl ɪz klˈoʊzd ðɪs wˈiːk bɪkˈʌz ðə tˈiːtʃɚz ɑːɹ æt ɐ mˈiːɾɪŋ.',
  ),
  english(
    'If the pain does not stop by tomorrow, come back to the hospital at once.',
    'ɪf ðə pˈeɪn dˌʌz nˌɑːt stˈɑːp baɪ təmˈɑːɹoʊ, kˈʌm bˈæk tə ðə hˈɑːspɪɾəl æt wˈʌns.',
  ),
  english(
    'My brother sold his car and bought a house with a large garden.',
    'maɪ bɹˈʌðɚ sˈoʊld hɪz kˈɑːɹ ænd bˈɔːt ɐ hˈaʊs wɪð ɐ lˈɑːɹdʒ ɡˈɑːɹdən.',
  ),
  english(
    'The weather will be warm and dry for the rest of the week, with a little wind from the east.',
    'ðə wˈɛðɚ wɪl biː wˈɔːɹm ænd dɹˈaɪ fɔːɹ ðə ɹˈɛst ʌv ðə wˈiːk, wɪð ɐ lˈɪɾəl wˈɪnd fɹʌm ðɪ ˈiːst.',
  ),
  shona('Kiriniki inovhura nguvai mangwana?'),
  shona('Mwana wangu ari kupisa muviri.'),
  shona('Ndinoda kutaura nemunhu.'),
  shona('Ndingawana sei chitupa chekuberekwa?'),
  shona('Mushonga unoita marii?'),
  shona('Ndinouya rini nemwana kuzobayiwa jekiseni?'),
  shona('Pamusoroi, handina kunzwa zvakanaka.'),
  shona('Ndapota dzokororai zvamataura.'),
  shona('Mvura iri kunaya zvikuru nhasi.'),
  shona('Mai vangu vanogara kumusha pedyo nerwizi.'),
  shona('Bhazi rinosimuka nguva dzipi mangwanani?'),
  shona('Ndiri kurwadziwa nemusoro kubva nezuro.'),
  shona('Chikoro chakavharwa svondo rino.'),
  shona('Tinoda mvura nechikafu chevanhu gumi.'),
  shona('Musika wakavhurwa here nemusi weSvondo?'),
  shona('Ndatenda zvikuru nerubatsiro rwenyu.'),
  shona('Chiremba achakuonai mushure memaminitsi makumi maviri.'),
  shona('Ndakamirira pano kwemaawa matatu asi hapana adaidza zita rangu.'),
  shona('Inwai mapiritsi maviri mangwanani ega ega nemvura yakawanda.'),
  shona('Kana marwadzo akasapera mangwana, dzokai kuchipatara nekukurumidza.'),
];
