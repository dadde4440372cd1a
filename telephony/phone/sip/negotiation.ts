/** One call's offers and answers, and the media that keeps to them (RFC 3264). */
import type { CallMedia } from './call-media.ts';
import { agree, answerSdp, offerSdp, parseSdp, type LocalAudio, type SipCodec } from './sdp.ts';

export class Negotiation {
  readonly #media: CallMedia;
  readonly #codecs: readonly SipCodec[];
  #version = 0;

  constructor(media: CallMedia, codecs: readonly SipCodec[]) {
    this.#media = media;
    this.#codecs = codecs;
  }

  offer(): string {
    return offerSdp(this.#local(), this.#codecs);
  }

  /** Takes the answer to our offer; false when it holds nothing that was offered. */
  accept(answer: string): boolean {
    const agreed = agree(parseSdp(answer), this.#codecs);
    if (agreed) this.#media.agree(agreed);
    return agreed !== undefined;
  }

  /** The answer to an offer, undefined when there is nothing in common; the offer when there is none yet. */
  answer(offer: string | undefined): string | undefined {
    if (offer === undefined) return this.offer();
    const agreed = agree(parseSdp(offer), this.#codecs);
    if (!agreed) return undefined;
    this.#media.agree(agreed);
    return answerSdp(this.#local(), agreed);
  }

  #local(): LocalAudio {
    this.#version++;
    return { ...this.#media.address, version: this.#version };
  }
}
