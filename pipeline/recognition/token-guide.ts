/** What may be said next and what is liked: the beam asks, and a lexicon or a closed set answers. */

/** A token that may follow, as the model sees it and as it is liked. */
export interface Step {
  readonly token: number;
  /** The model's own; nothing added. */
  readonly logProb: number;
  /** Added while hypotheses are compared: positive for what is liked, negative to take back what was given too early. */
  readonly bonus: number;
}

/** States are values: many hypotheses share one. */
export interface TokenGuide<State> {
  readonly start: State;
  /** At most `count` steps, best first by `logProb + bonus`; shorter, or empty, where little is allowed. */
  steps(state: State, logProbs: Float32Array, count: number): readonly Step[];
  after(state: State, step: Step): State;
}

/** Anything may follow anything. */
export const FREE: TokenGuide<undefined> = {
  start: undefined,
  steps: (_, logProbs, count) => {
    const best = new BestSteps(count);
    for (let token = 0; token < logProbs.length; token++) best.offer(token, logProbs[token] ?? -Infinity, 0);
    return best.steps;
  },
  after: () => undefined,
};

/** The best few of many steps, kept in order while they are offered. */
export class BestSteps {
  readonly #count: number;
  readonly #steps: Step[] = [];
  #least = -Infinity;

  constructor(count: number) {
    this.#count = count;
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  /** What a step must exceed to be taken. */
  get least(): number {
    return this.#least;
  }

  offer(token: number, logProb: number, bonus: number): void {
    const value = logProb + bonus;
    if (value <= this.#least) return;
    const at = this.#steps.findIndex((step) => step.logProb + step.bonus < value);
    this.#steps.splice(at < 0 ? this.#steps.length : at, 0, { token, logProb, bonus });
    if (this.#steps.length > this.#count) this.#steps.pop();
    const last = this.#steps.at(-1);
    if (this.#steps.length === this.#count && last) this.#least = last.logProb + last.bonus;
  }
}
