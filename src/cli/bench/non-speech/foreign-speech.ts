/**
 * People who speak another language: a caller who takes the line for another, a radio, a room full of talk. Spoken by the
 * profile's own voice model, so that nothing beyond the models is needed.
 */
import type { VerifiedModel } from '#pipeline/ports.ts';
import { resample } from '#pipeline/audio/resampler.ts';
import type { Language } from '#pipeline/language/language.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { vitsSpec } from '../../../engines.ts';
import {
  RATE_HZ,
  amplitudeOf,
  atLevel,
  between,
  joined,
  mixInto,
  oneOf,
  pinkNoise,
  samplesFor,
  type Random,
} from './sound.ts';

/** English sentences about nothing that a clinic answers, in the phonemes that English Piper voices are trained on. */
const ENGLISH: readonly [string, ...string[]] = [
  'ðə wɛðɚ ɪz vɛɹi hɑːt tədeɪ.',
  'aɪ æm weɪtɪŋ fɔːɹ ðə bʌs tə taʊn.',
  'kæn juː sɛnd mi ðə mʌni təmɑːɹoʊ?',
  'maɪ bɹʌðɚ wɜːks ɪn saʊθ æfɹɪkə.',
  'wiː wɑːtʃt ðə fʊtbɔːl mætʃ læst naɪt.',
  'pliːz kloʊz ðə dɔːɹ bɪhaɪnd juː.',
  'ðə pɹaɪs ʌv bɹɛd hæz ɡɔːn ʌp əɡɛn.',
  'aɪ θɪŋk ɪt ɪz ɡoʊɪŋ tə ɹeɪn.',
  'ʃiː sɛd ðæt ʃiː wɪl kʌm ɑːn fɹaɪdeɪ.',
  'wɛɹ dɪd juː pʊt ðə kɑːɹ kiːz?',
  'ðə tʃɪldɹən ɑːɹ æt skuːl ʌntɪl θɹiː.',
  'aɪ lɔst maɪ foʊn ɪn ðə mɑːɹkɪt.',
  'tɜːn ðə ɹeɪdioʊ daʊn ə lɪtəl.',
  'ðeɪ ɑːɹ bɪldɪŋ ə nuː ɹoʊd tə ðə fɑːɹm.',
  'duː juː hæv tʃeɪndʒ fɔːɹ tɛn dɑːlɚz?',
  'aʊɚ tiːm wʌn tuː ɡeɪmz ðɪs mʌnθ.',
  'hiː bɔːt ə sɛkənd hænd kɑːɹ fɹʌm dʒəpæn.',
  'ðə paʊɚ wɛnt ɔf æt sɛvən əklɑːk.',
  'lɛt mi noʊ wɛn juː ɡɛt hoʊm.',
  'aɪ wɪl kɔːl juː bæk ɪn tɛn mɪnɪts.',
  'ðə tʃɜːtʃ kwaɪɚ sɪŋz ɑːn sʌndeɪ mɔːɹnɪŋ.',
  'jɛs, bʌt ðə meɪz niːdz mɔːɹ wɔːtɚ.',
  'noʊ, aɪ hæv nɑːt siːn hɪm sɪns mʌndeɪ.',
  'ðə fɪlm stɑːɹts æt eɪt ɪn ðə iːvnɪŋ.',
];

/** Swahili and Ndebele: the nearest languages, whose syllables a Shona recogniser knows. Read by the table of Shona. */
const NEIGHBOURS: readonly [string, ...string[]] = [
  'Leo jua ni kali sana.',
  'Nilimwona rafiki yangu sokoni jana.',
  'Watoto wanacheza mpira uwanjani.',
  'Bei ya sukari imepanda tena.',
  'Treni itafika saa ngapi?',
  'Tutaonana kesho asubuhi.',
  'Mama anapika wali na maharagwe.',
  'Ninasubiri basi la kwenda mjini.',
  'Simu yangu imeharibika.',
  'Shamba letu liko karibu na mto.',
  'Kaka yangu anafanya kazi Nairobi.',
  'Mvua itanyesha wiki ijayo.',
  'Izulu liyana kakhulu lamuhla.',
  'Ngiye edolobheni izolo.',
  'Abantwana badlala ibhola.',
  'Imali yami iphelile.',
  'Ubaba usebenza eGoli.',
  'Izinkomo zidla utshani.',
  'Sizahamba kusasa ekuseni.',
  'Ukudla kumnandi kakhulu.',
  'Ibhasi ifika nini?',
  'Umfowethu uthenge imota entsha.',
];

/** How many people one voice plays, by the height of its pitch and of its formants. */
const PEOPLE: readonly [number, ...number[]] = [0.88, 1, 1.14];

/** Says things at 8000 Hz; what was said once is kept. Owns its engines until disposed. */
export class BenchVoice implements AsyncDisposable {
  readonly #language: VitsEngine;
  readonly #english: VitsEngine | undefined;
  readonly #speakable: (text: string) => string;
  readonly #kept = new Map<string, Float32Array>();

  private constructor(language: VitsEngine, english: VitsEngine | undefined, speakable: (text: string) => string) {
    this.#language = language;
    this.#english = english;
    this.#speakable = speakable;
  }

  /** English needs a voice with phonemes; another voice leaves it out. */
  static async open(model: VerifiedModel, language: Language): Promise<BenchVoice> {
    const spec = vitsSpec(model, language.definition);
    const english = spec.kind === 'piper' ? await VitsEngine.create({ ...spec, toIpa: (ipa) => ipa }) : undefined;
    return new BenchVoice(await VitsEngine.create(spec), english, (text) => language.speakable(text));
  }

  /** A text of the pack's language as the agent says it, at -20 dBFS. */
  say(text: string, { signal }: { readonly signal: AbortSignal }): Promise<Float32Array> {
    return this.#spoken(this.#language, this.#speakable(text), 1, signal);
  }

  /** One sentence in English or in a neighbouring language, by one of three people. */
  async foreign(random: Random, kind: 'english' | 'neighbours', signal: AbortSignal): Promise<Float32Array> {
    const pitch = oneOf(random, PEOPLE);
    const english = kind === 'english' ? this.#english : undefined;
    return english
      ? this.#spoken(english, oneOf(random, ENGLISH), pitch, signal)
      : this.#spoken(this.#language, oneOf(random, NEIGHBOURS), pitch, signal);
  }

  /** Many people at once: what stands behind a caller in a queue. */
  async babble(random: Random, signal: AbortSignal): Promise<Float32Array> {
    const sound = new Float32Array(samplesFor(between(random, 5, 9)));
    for (let person = 0; person < 5; person += 1) {
      const sentences: Float32Array[] = [];
      for (let seconds = 0; seconds < 9; seconds += 2) {
        sentences.push(await this.foreign(random, random() < 0.5 ? 'english' : 'neighbours', signal));
      }
      mixInto(sound, joined(sentences), -samplesFor(random()), amplitudeOf(between(random, -9, 0)));
    }
    mixInto(sound, atLevel(pinkNoise(random, sound.length / RATE_HZ), -40));
    return atLevel(sound, between(random, -36, -18));
  }

  async #spoken(engine: VitsEngine, text: string, pitch: number, signal: AbortSignal): Promise<Float32Array> {
    const key = `${pitch} ${text}`;
    const known = this.#kept.get(key);
    if (known) return known;
    const chunks: Float32Array[] = [];
    for await (const chunk of engine.synthesize(text, { signal, speakingRate: 1 / pitch, noiseScale: 0 })) {
      chunks.push(chunk);
    }
    // A multiple of 50 Hz keeps the resampler's table small.
    const fromHz = Math.round((engine.sampleRateHz * pitch) / 50) * 50;
    const spoken = atLevel(resample(joined(chunks), { fromHz, toHz: RATE_HZ }), -20);
    this.#kept.set(key, spoken);
    return spoken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#language.dispose(), this.#english?.dispose()]);
  }
}
