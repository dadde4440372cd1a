/** What one interview has come to: nothing that was made ready counts until it is heard, and for a moment it can be taken back. */
import type { Clock } from '#kernel/clock.ts';
import { TURN_POLICY } from '../turn/policy.ts';
import type { FlowState, Turned } from './flow-state.ts';

/**
 * A caller who speaks again within `continuationMs` takes back what was answered, and it may take `bargeInMs` until that is
 * certain; then it is written down.
 */
const SETTLED_AFTER_MS = TURN_POLICY.continuationMs + TURN_POLICY.bargeInMs + 200;

export class CallProgress {
  readonly #clock: Clock;
  readonly #onTurned: (turned: Turned) => void;
  readonly #pending = new Map<string, Turned>();
  #state: FlowState;
  #tentative: Turned | undefined;
  #cancelSettling: () => void = () => undefined;

  /** `onTurned`: told of each turn that counts, once. */
  constructor(state: FlowState, clock: Clock, onTurned: (turned: Turned) => void) {
    this.#state = state;
    this.#clock = clock;
    this.#onTurned = onTurned;
  }

  get state(): FlowState {
    return this.#state;
  }

  /** What the agent is asking as it speaks, or has asked last. */
  get asks(): FlowState {
    return this.#tentative?.state ?? this.#state;
  }

  pend(utteranceId: string, turned: Turned): void {
    this.#pending.set(utteranceId, turned);
  }

  /** Returns what is said now; it settles by itself. */
  commit(utteranceId: string): Turned | undefined {
    this.settle();
    this.#tentative = this.#pending.get(utteranceId);
    this.#pending.clear();
    if (this.#tentative !== undefined) {
      this.#cancelSettling = this.#clock.after(SETTLED_AFTER_MS, () => this.settle());
    }
    return this.#tentative;
  }

  revoke(): void {
    this.#cancelSettling();
    this.#tentative = undefined;
  }

  settle(): void {
    this.#cancelSettling();
    const turned = this.#tentative;
    this.#tentative = undefined;
    if (turned !== undefined) this.become(turned);
  }

  /** Of a key, or of silence: nothing can take it back. */
  become(turned: Turned): void {
    this.#state = turned.state;
    this.#onTurned(turned);
  }
}
