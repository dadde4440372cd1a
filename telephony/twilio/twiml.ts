/** The documents Twilio asks for. What is spoken comes from the caller of these functions: no words live here. */
import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';

/** Something Twilio itself says or plays, when our own voice cannot. */
export type SpokenNotice =
  /** Twilio has no Shona voice: it reads the text with the voice of `language` (BCP 47), or its default. */
  | { readonly kind: 'say'; readonly text: string; readonly language?: string }
  /** A recording that Twilio can fetch: public, so better than any reading where one exists. */
  | { readonly kind: 'play'; readonly url: string };

export interface ConnectOptions {
  /** wss, without a query string: Twilio strips it (error 31920). */
  readonly streamUrl: string;
  /** The one-time token; comes back in start.customParameters. */
  readonly token: string;
  /** More that comes back beside it. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Heard when the stream ends while the call does not: our process died, or closed the socket to hang up. */
  readonly fallback: SpokenNotice;
}

/** `<Connect>` blocks what follows until the stream is over; so what follows is the spoken fallback, always. */
export function connectTwiml({ streamUrl, token, parameters = {}, fallback }: ConnectOptions): string {
  const response = new VoiceResponse();
  const stream = response.connect().stream({ url: streamUrl });
  for (const [name, value] of Object.entries({ token, ...parameters })) stream.parameter({ name, value });
  speak(response, fallback);
  response.hangup();
  return response.toString();
}

/** Over, without a word. */
export function hangUpTwiml(): string {
  const response = new VoiceResponse();
  response.hangup();
  return response.toString();
}

/** The call is answered, the caller told why it cannot be taken, and hung up. */
export function refusalTwiml(notice: SpokenNotice): string {
  const response = new VoiceResponse();
  speak(response, notice);
  response.hangup();
  return response.toString();
}

function speak(response: VoiceResponse, notice: SpokenNotice): void {
  if (notice.kind === 'play') {
    response.play(notice.url);
    return;
  }
  // Twilio's list of languages is closed in the types and open in fact.
  const attributes = notice.language === undefined ? {} : { language: notice.language as 'en-GB' };
  response.say(attributes, notice.text);
}
