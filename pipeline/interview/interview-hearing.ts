/**
 * From an utterance to what it says to the question that was put: recognise with the question's words made likelier, look for
 * wishes, read the answer out of the text, and where that is not plain, out of the audio.
 */
import { isAbort } from '#kernel/abort.ts';
import { measureBaseline } from '../dialogue/answerer-baseline.ts';
import { ClosedQuestionReader, LARGEST_RANGE, type ClosedAnswer } from '../dialogue/closed-question.ts';
import { Answerer } from '../dialogue/answerer.ts';
import { Hearing, type Understood } from '../dialogue/answerer-hearing.ts';
import { HeardGuard } from '../dialogue/heard-guard.ts';
import type { Recognizer, Transcript, Utterance } from '../ports.ts';
import type { Evidence, FlowState, Said } from './flow-state.ts';
import { dateOf, momentOf, type Here } from './moments.ts';
import type { Interview, Question } from './script.ts';
import { verdictOf } from './audio-verdict.ts';
import { answerForms, wishForms } from './spoken-forms.ts';
import { FormScales, type Weighed } from './weighed-forms.ts';
import { isBelieved, likelyWish, WishDetector, wishesAsHotline, wishOfDecision } from './wishes.ts';

/** A wish, or a number with what is counted, silence around it included. */
const LONGEST_WEIGHED_MS = 4_000;
/** Words and audio say the same number, and the audio is at least so sure: a lead of half a unit. */
const AGREED_CONFIDENCE = 0.73;

export interface HearOptions extends Here {
  readonly signal: AbortSignal;
  /** What the caller has heard last, as written. */
  readonly agentTexts: readonly string[];
  /** The audio could not be asked: the text alone decides. */
  readonly onFailed: (error: unknown) => void;
  /** What the audio was likest to, where it was asked: for finding out why. */
  readonly onWeighed?: (weighed: Weighed) => void;
}

/** One script's, shared by its calls. */
export class InterviewHearing {
  readonly #interview: Interview;
  readonly #recognizer: Recognizer;
  readonly #wishes: WishDetector;
  readonly #guard: HeardGuard;
  readonly #baseline = new Map<string, number>();
  readonly #yesNo: ClosedQuestionReader;
  readonly #readers = new Map<string, ClosedQuestionReader>();
  /** By question; what the program itself asks is answered by yes or no. */
  readonly #scales = new Map<Question | 'yes-no', FormScales>();
  /** Numbers word by word, in any form: where no number of the range is plain in the audio. */
  readonly #numbers: ClosedQuestionReader;
  /** Wishes beside one another and beside yes and no, by likeness and by the audio. */
  readonly #answerer: Answerer;
  readonly #decisions: Hearing;

  constructor(interview: Interview, recognizer: Recognizer) {
    const { pack, questions } = interview;
    this.#interview = interview;
    this.#recognizer = recognizer;
    this.#wishes = new WishDetector(interview);
    this.#guard = new HeardGuard(pack);
    const opts = { baseline: this.#baseline };
    this.#yesNo = new ClosedQuestionReader({ kind: 'yes-no' }, pack, opts);
    this.#numbers = new ClosedQuestionReader({ kind: 'number', expects: 'number' }, pack);
    for (const question of questions) {
      const reader = readerOf(question, interview, opts);
      if (reader) this.#readers.set(question.id, reader);
    }
    const wishes = wishForms(interview);
    for (const question of ['yes-no', ...questions] as const) {
      const answers = answerForms(question, interview);
      const isGreat = answers === undefined && question !== 'yes-no' && question.kind === 'number';
      if (!isGreat) this.#scales.set(question, new FormScales([...(answers ?? []), ...wishes], pack.language));
    }
    const hotline = wishesAsHotline(interview);
    this.#answerer = new Answerer(hotline, opts);
    this.#decisions = new Hearing({ hotline, recognizer, answerer: this.#answerer, withLexicon: false });
  }

  /** Asks the recogniser how likely every answer is under silence; until it has told, the audio says less. */
  async prepare({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.#recognizer.canScore) return;
    const readers = [this.#yesNo, ...this.#readers.values()];
    const phrases = new Set(readers.flatMap(({ set }) => (set.kind === 'phrases' ? set.texts : [])));
    for (const phrase of this.#answerer.phrases) phrases.add(phrase);
    for (const { forms } of this.#scales.values()) for (const { phrase } of forms) phrases.add(phrase);
    const measured = await measureBaseline(this.#recognizer, [...phrases], { signal });
    for (const [phrase, score] of measured) this.#baseline.set(phrase, score);
  }

  /** True where few answers are possible: a word of listening may be one of them. */
  isClosed(state: FlowState): boolean {
    return this.#readerFor(state) !== undefined;
  }

  isMachine({ text }: Transcript): boolean {
    return this.#wishes.isMachine(text);
  }

  async transcribe(
    utterance: Utterance,
    state: FlowState,
    { signal, agentTexts }: Pick<HearOptions, 'signal' | 'agentTexts'>,
  ): Promise<Transcript> {
    const reader = this.#readerFor(state);
    const lexicon = [...(reader?.set.texts ?? []), ...this.#answerer.phrases];
    const prompt = reader?.prompt;
    const transcript = await this.#recognizer.transcribe(utterance, {
      signal,
      lexicon,
      alternatives: 2,
      ...(prompt !== undefined && { prompt }),
    });
    const doubt = transcript.doubt ?? this.#guard.doubtOf(transcript.text, agentTexts);
    return doubt === undefined ? transcript : { ...transcript, doubt };
  }

  /** Undefined: a word of listening where anything may be answered, which needs no reply. */
  async read(
    utterance: Utterance,
    transcript: Transcript,
    state: FlowState,
    options: HearOptions,
  ): Promise<Said | undefined> {
    const isOpen = state.stage === 'question' && state.question?.kind === 'open';
    const isYesNo = this.#readerFor(state) === this.#yesNo;
    const wish = this.#wishes.detect(transcript, isOpen ? 'whole' : 'inside', isYesNo);
    const evidence = evidenceOf(transcript);
    if (isOpen && this.#wishes.isListening(transcript.text)) return undefined;
    if (isOpen && (wish === undefined || wish === 'emergency' || wish === 'goodbye')) {
      if (await this.#isOptOut(utterance, transcript, state, options)) {
        return { kind: 'wish', wish: 'opt-out', evidence: { ...evidence, needsReadBack: true } };
      }
      return openAnswer(transcript, evidence, wish === 'emergency');
    }
    if (wish !== undefined) {
      const atMs = wish === 'later' ? this.#moment(transcript, options) : undefined;
      return { kind: 'wish', wish, evidence, atMs };
    }
    const answer = this.#answer(transcript, state, options);
    const isPlain = 'evidence' in answer ? !answer.evidence.needsReadBack : answer.kind === 'when';
    if (isPlain) return answer;
    const likely = likelyWish(this.#answerer, transcript);
    const weighed = await this.#weighed(utterance, transcript, state, options);
    if (weighed !== undefined) {
      const said = this.#saidBy(weighed, transcript, state);
      if (said !== undefined) return agreedOn(answer, said);
      const { means } = weighed.form;
      const isBoth = likely === 'opt-out' && means.kind === 'wish' && means.wish === likely;
      if (!isBoth) return isDenied(answer, weighed) ? UNCLEAR_SAID : answer;
    }
    if (likely !== undefined) return { kind: 'wish', wish: likely, evidence: { ...evidence, needsReadBack: true } };
    const narrowed = await this.#narrowly(utterance, transcript, state, options);
    if (narrowed.kind !== 'unclear') return narrowed;
    return answer.kind === 'unclear' ? this.#byAudio(utterance, transcript, state, options) : answer;
  }

  /** What the audio is likest to, of all that may be said here; undefined where that is not plain. */
  async #weighed(
    utterance: Utterance,
    transcript: Transcript,
    state: FlowState,
    { signal, onFailed, onWeighed }: HearOptions,
  ): Promise<Weighed | undefined> {
    const scales = this.#scalesFor(state);
    const { text, audioMs } = transcript;
    if (scales === undefined || !this.#recognizer.canScore || audioMs > LONGEST_WEIGHED_MS) return undefined;
    try {
      const asked = scales.asked(text, audioMs);
      const phrases = asked.map((at) => scales.forms[at]?.phrase ?? '');
      const found = await this.#recognizer.score(utterance.id, phrases, { signal });
      const scores = scales.forms.map(() => -Infinity);
      asked.forEach((at, n) => (scores[at] = found[n] ?? -Infinity));
      const weighed = scales.weigh(scores, transcript, this.#baseline);
      if (weighed) onWeighed?.(weighed);
      return weighed;
    } catch (error) {
      if (isAbort(error, signal) || signal.aborted) throw error;
      onFailed(error);
      return undefined;
    }
  }

  #scalesFor({ stage, question }: FlowState): FormScales | undefined {
    if (stage === 'when' || stage === 'over') return undefined;
    return this.#scales.get(stage === 'question' && question !== undefined ? question : 'yes-no');
  }

  /** Anything may be answered to an open question, but a wish not to be called again is not kept as an answer. */
  async #isOptOut(utterance: Utterance, transcript: Transcript, state: FlowState, options: HearOptions) {
    const weighed = await this.#weighed(utterance, transcript, state, options);
    const said = weighed && this.#saidBy(weighed, transcript, state);
    return said?.kind === 'wish' && said.wish === 'opt-out';
  }

  /** By the words alone. */
  #answer(transcript: Transcript, state: FlowState, here: Here): Said {
    const evidence = evidenceOf(transcript);
    if (state.stage === 'when') {
      const atMs = isBelieved(transcript) ? this.#moment(transcript, here) : undefined;
      return atMs === undefined ? UNCLEAR_SAID : { kind: 'when', atMs };
    }
    if (state.stage === 'question' && state.question?.kind === 'date') {
      return this.#date(transcript, evidence, state.question, here);
    }
    const reader = this.#readerFor(state);
    return reader === undefined ? UNCLEAR_SAID : saidBy(reader.answerTo(transcript), evidence, state);
  }

  #saidBy(weighed: Weighed, transcript: Transcript, state: FlowState): Said | undefined {
    const { lead } = weighed;
    const { means } = weighed.form;
    const verdict = verdictOf(weighed, transcript);
    if (verdict === undefined || means.kind === 'other') return undefined;
    const isGrunt = this.#scalesFor(state) === this.#scales.get('yes-no') && this.#wishes.isGrunt(transcript.text);
    if (isGrunt && means.kind === 'answer') return undefined;
    const confidence = 1 / (1 + Math.exp(-2 * lead));
    const evidence: Evidence = { ...evidenceOf(transcript), confidence, needsReadBack: verdict === 'read-back' };
    if (means.kind === 'answer') return { kind: 'answer', value: means.value, evidence };
    return { kind: 'wish', wish: means.wish, evidence };
  }

  /** What the words do not tell: every wish is held against the audio, as in a hotline. */
  async #byAudio(utterance: Utterance, transcript: Transcript, state: FlowState, options: HearOptions): Promise<Said> {
    const { signal, onFailed } = options;
    const expects = this.#readerFor(state) === this.#yesNo ? 'yes-no' : 'anything';
    const asked = { expects, failuresInRow: 0, isLlmReady: false } as const;
    const decided: Understood = await this.#decisions.decide(
      { transcript, utterance, state: asked },
      { signal, onFailed },
    );
    const evidence = evidenceOf(transcript);
    const wish = wishOfDecision(decided);
    if (wish !== undefined) return { kind: 'wish', wish, evidence: { ...evidence, needsReadBack: true } };
    const isYesNo = decided.kind === 'intent' && (decided.intent === 'yes' || decided.intent === 'no');
    if (!isYesNo || expects !== 'yes-no') return { kind: 'unclear' };
    return { kind: 'answer', value: decided.intent === 'yes', evidence };
  }

  #readerFor({ stage, question }: FlowState): ClosedQuestionReader | undefined {
    if (stage === 'when' || stage === 'over') return undefined;
    if (stage !== 'question') return this.#yesNo;
    if (question === undefined) return undefined;
    return question.kind === 'yes-no' ? this.#yesNo : this.#readers.get(question.id);
  }

  #moment({ text }: Transcript, here: Here): number | undefined {
    const { pack, moments } = this.#interview;
    return momentOf(text, pack.language, moments, here);
  }

  #date(transcript: Transcript, evidence: Evidence, { lies }: Extract<Question, { kind: 'date' }>, here: Here): Said {
    if (!isBelieved(transcript)) return { kind: 'unclear' };
    const value = this.#interview.pack.language.valueOf(transcript.text, { expects: 'date' });
    const date = value?.kind === 'date' ? dateOf(value.date, lies, here) : undefined;
    if (date === undefined) return { kind: 'unclear' };
    // Whatever was written: days are misheard, and "svondo" is the week as well as the Sunday.
    return { kind: 'answer', value: date, evidence: { ...evidence, needsReadBack: true } };
  }

  /** Where the audio could not be asked about every answer: words are decoded that are nothing but answers. */
  async #narrowly(utterance: Utterance, transcript: Transcript, state: FlowState, options: HearOptions): Promise<Said> {
    const { signal, onFailed } = options;
    const reader = this.#readerFor(state);
    // A yes that is forced out of a noise is no answer, and to read it back would ask the same again.
    if (reader === undefined || reader === this.#yesNo) return UNCLEAR_SAID;
    const isNumber = state.question?.kind === 'number';
    if (!isNumber && transcript.audioMs > LONGEST_WEIGHED_MS) return UNCLEAR_SAID;
    try {
      const answer = await this.#narrowed(utterance, transcript, isNumber ? this.#numbers : reader, signal);
      return saidBy(answer, evidenceOf(transcript), state);
    } catch (error) {
      if (isAbort(error, signal) || signal.aborted) throw error;
      onFailed(error);
      return UNCLEAR_SAID;
    }
  }

  /** Listens once more with nothing but answers to choose from, and asks whether it was that. */
  async #narrowed(
    utterance: Utterance,
    { doubt }: Transcript,
    narrow: ClosedQuestionReader,
    signal: AbortSignal,
  ): Promise<ClosedAnswer> {
    const { set, prompt } = narrow;
    if (NOTHING_SAID.includes(doubt) || set.texts.length === 0) return UNCLEAR;
    const told = { signal, closed: set, ...(prompt !== undefined && { prompt }) };
    const answer = narrow.answerTo(await this.#recognizer.transcribe(utterance, told));
    return 'needsReadBack' in answer ? { ...answer, needsReadBack: true } : UNCLEAR;
  }
}

const UNCLEAR: ClosedAnswer = { kind: 'unclear' };
const UNCLEAR_SAID: Said = { kind: 'unclear' };
const NOTHING_SAID: readonly Transcript['doubt'][] = ['no-speech', 'empty', 'echo'];

/** What the audio says: plain where the words said the same, to be read back where they said another number. */
function agreedOn(byText: Said, byAudio: Said): Said {
  if (byText.kind !== 'answer' || byAudio.kind !== 'answer') return byAudio;
  const { evidence } = byAudio;
  const isSame = byText.value === byAudio.value;
  const isPlain = isSame && evidence.confidence >= AGREED_CONFIDENCE;
  return { ...byAudio, evidence: { ...evidence, needsReadBack: isPlain ? false : evidence.needsReadBack || !isSame } };
}

/** A number that was hardly heard in the words, where the audio is likest to something else: coughs are written "3, 2, 1". */
function isDenied(byText: Said, { form: { means } }: Weighed): boolean {
  if (byText.kind !== 'answer' || typeof byText.value !== 'number') return false;
  return means.kind !== 'answer' || means.value !== byText.value;
}

function readerOf(
  question: Question,
  { pack }: Interview,
  opts: { readonly baseline: ReadonlyMap<string, number> },
): ClosedQuestionReader | undefined {
  switch (question.kind) {
    case 'choice': {
      const choices = question.choices.map(({ id, says, key }) => ({ id, phrases: says, digit: key }));
      return new ClosedQuestionReader({ kind: 'choice', choices }, pack, opts);
    }
    case 'number': {
      const { range } = question;
      const isFew = range.to - range.from < LARGEST_RANGE;
      return new ClosedQuestionReader({ kind: 'number', expects: 'number', ...(isFew && { range }) }, pack, opts);
    }
    case 'yes-no':
    case 'date':
    case 'open':
      return undefined;
  }
}

function evidenceOf({ text, confidence }: Transcript): Evidence {
  return { rawText: text, confidence, method: 'speech', needsReadBack: false };
}

const UNSURE: readonly Transcript['doubt'][] = [undefined, 'low-confidence', 'foreign-language'];

/**
 * Kept as it was understood, in whatever language and however unsure: whoever reads it sees the confidence. Nothing said is no
 * answer.
 */
function openAnswer(transcript: Transcript, evidence: Evidence, isEmergency: boolean): Said {
  const { text, doubt } = transcript;
  const isSomething = text !== '' && UNSURE.includes(doubt);
  return isSomething ? { kind: 'answer', value: text, evidence, isEmergency } : { kind: 'unclear' };
}

function saidBy(answer: ClosedAnswer, evidence: Evidence, { question }: FlowState): Said {
  switch (answer.kind) {
    case 'yes':
    case 'no':
    case 'choice': {
      const { confidence, needsReadBack } = answer;
      const value = answer.kind === 'choice' ? answer.choiceId : answer.kind === 'yes';
      return { kind: 'answer', value, evidence: { ...evidence, confidence, needsReadBack } };
    }
    case 'number': {
      if (answer.value.kind !== 'number' || question?.kind !== 'number') return { kind: 'unclear' };
      const { value } = answer.value;
      const { from, to } = question.range;
      if (value < from || value > to) return { kind: 'out-of-range' };
      const { confidence, needsReadBack } = answer;
      return { kind: 'answer', value, evidence: { ...evidence, confidence, needsReadBack } };
    }
    // Wishes were looked for before.
    case 'intent':
    case 'unclear':
      return { kind: 'unclear' };
  }
}
