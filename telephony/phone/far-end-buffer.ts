/** What the carrier holds of the agent's speech: played in order, in real time, forgotten on `clear`. */
type Held = { readonly kind: 'audio'; readonly pcm: Int16Array } | { readonly kind: 'mark'; readonly name: string };

export class FarEndBuffer {
  readonly #held: Held[] = [];
  /** Samples of the head that have been played. */
  #offset = 0;
  /** Marks whose audio is being played in the present tick. */
  #returning: string[] = [];

  /** Keeps the array. */
  push(pcm: Int16Array): void {
    if (pcm.length > 0) this.#held.push({ kind: 'audio', pcm });
  }

  mark(name: string): void {
    this.#held.push({ kind: 'mark', name });
  }

  /** Drops all that was not played and returns the names of all marks that waited, as Twilio does. */
  clear(): string[] {
    const marks = this.#returning;
    for (const item of this.#held) if (item.kind === 'mark') marks.push(item.name);
    this.#held.length = 0;
    this.#offset = 0;
    this.#returning = [];
    return marks;
  }

  /**
   * Plays one tick: fills `frame`, with silence where nothing is held, and returns the marks whose audio was over when the
   * tick began.
   */
  play(frame: Int16Array): string[] {
    const returned = this.#returning;
    this.#returning = [];
    let filled = 0;
    for (let head = this.#held[0]; head; head = this.#held[0]) {
      if (head.kind === 'mark') {
        (filled === 0 ? returned : this.#returning).push(head.name);
        this.#held.shift();
        continue;
      }
      if (filled === frame.length) break;
      const part = head.pcm.subarray(this.#offset, this.#offset + frame.length - filled);
      frame.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      if (this.#offset < head.pcm.length) break;
      this.#held.shift();
      this.#offset = 0;
    }
    frame.fill(0, filled);
    return returned;
  }
}
