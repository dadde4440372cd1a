/** What answers the calls of campaigns: a script, the service's engines, and the books that it is written down in. */
import { createHash } from 'node:crypto';
import type { Clock } from '#kernel/clock.ts';
import { InzwaError } from '#kernel/errors.ts';
import type { HotlineEngines } from '#pipeline/dialogue/hotline-answers.ts';
import { holdInterview } from '#pipeline/interview/hold-interview.ts';
import { InterviewHearing } from '#pipeline/interview/interview-hearing.ts';
import { fixedInterviewTexts } from '#pipeline/interview/flow-words.ts';
import type { Interview } from '#pipeline/interview/script.ts';
import type { EndCause } from '#pipeline/ports.ts';
import { loadInterview, readScript } from '#prompts/campaign.ts';
import type { InterviewCall, InterviewDesk } from './campaigns/interview/interview-call.ts';
import { InterviewLedger } from './campaigns/interview/interview-ledger.ts';
import type { AttemptBooks } from './campaigns/outcome.ts';
import type { CampaignScripts } from './campaigns/scripts.ts';
import type { Logger } from './observability/logger.ts';

export interface InterviewsOptions {
  /** The engines of the hotline that this process answers for: an interview speaks its language. */
  readonly engines: Pick<HotlineEngines, 'hotline' | 'recognizer' | 'speaker' | 'onBusy'>;
  readonly books: AttemptBooks;
  readonly clock: Clock;
  readonly logger: Logger;
  /** @defaultValue the project's own */
  readonly promptsDir?: string;
}

interface Script {
  readonly interview: Interview;
  readonly hearing: InterviewHearing;
}

/** Scripts that are kept ready; a campaign has one, and few run at a time. */
const MOST_SCRIPTS = 32;

export class Interviews implements InterviewDesk {
  readonly #options: InterviewsOptions;
  readonly #scripts = new Map<string, Script>();

  constructor(options: InterviewsOptions) {
    this.#options = options;
  }

  /**
   * Reads a script, renders its sentences and measures its answers under silence, so that the first call of a campaign is as
   * good as the last. Rejects with INZWA_PROMPTS_INVALID, or as the signal aborts.
   */
  async prepare(
    { script, scriptText }: { readonly script: string; readonly scriptText: string },
    { signal, isIdle }: { readonly signal: AbortSignal; readonly isIdle?: () => boolean },
  ): Promise<void> {
    const { interview, hearing } = this.#script(script, scriptText);
    const { speaker } = this.#options.engines;
    await speaker.prerender(fixedInterviewTexts(interview), { signal, ...(isIdle && { isIdle }) });
    await hearing.prepare({ signal });
  }

  async converse({ leg, scorer, brief, canTransfer, emit, onConsent, signal }: InterviewCall): Promise<EndCause> {
    const { books, clock, logger, engines } = this.#options;
    const { attemptId, vars, tz, answered, resume } = brief;
    const { interview, hearing } = this.#script(brief.script, brief.scriptText);
    const ledger = new InterviewLedger({ books, attemptId, optOutScope: interview.optOutScope, clock, logger });
    const { recognizer, speaker, onBusy } = engines;
    const { cause, outcome } = await holdInterview({
      engines: { interview, hearing, recognizer, speaker, clock, ...(onBusy && { onBusy }) },
      circumstances: { vars, tz, answered, resume, canTransfer: canTransfer && interview.human !== undefined },
      notes: {
        consented: () => onConsent?.(),
        answered: (given) => ledger.answered(given),
        optedOut: (evidence) => ledger.optedOut(evidence),
      },
      leg,
      scorer,
      emit,
      signal,
    });
    await ledger.close(outcome);
    return cause;
  }

  #script(id: string, text: string): Script {
    const key = `${id} ${createHash('sha256').update(text).digest('hex')}`;
    const known = this.#scripts.get(key);
    if (known) return known;
    const { engines, promptsDir } = this.#options;
    const interview = loadInterview(id, text, promptsDir);
    const { code } = engines.hotline.pack;
    if (interview.pack.code !== code) {
      const why = `it speaks ${interview.pack.code}, and this service ${code} (INZWA_HOTLINE)`;
      throw new InzwaError('INZWA_PROMPTS_INVALID', `script "${id}" cannot be used: ${why}`, {
        details: { script: id },
      });
    }
    const script = { interview, hearing: new InterviewHearing(interview, engines.recognizer) };
    const [oldest] = this.#scripts.keys();
    if (oldest !== undefined && this.#scripts.size >= MOST_SCRIPTS) this.#scripts.delete(oldest);
    this.#scripts.set(key, script);
    return script;
  }
}

/** The project's own scripts. */
export const ownScripts: CampaignScripts = {
  read: (name) => readScript(name),
  outline(id, text) {
    const { variables, questions } = loadInterview(id, text);
    return { variables, questions: questions.map((question) => question.id) };
  },
};
