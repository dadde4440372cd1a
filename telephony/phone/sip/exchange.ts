/** One question and its answer, with the credentials if the other side asks for them. For everything but INVITE. */
import type { SocketAddress } from './datagram.ts';
import { answerChallenge, parseChallenge, type SipCredentials } from './digest.ts';
import { cseqOf, type SipRequest, type SipResponse } from './message.ts';
import type { SipTransport } from './transport.ts';

/**
 * The same request with the answer to a 401 or 407, and the next CSeq; undefined for any other answer, and when there is
 * nothing to answer with. `isRepeated`: credentials were sent before; then only a nonce that had become stale is reason to try again.
 */
export function withCredentials(
  request: SipRequest,
  response: SipResponse,
  credentials: SipCredentials | undefined,
  opts: { readonly isRepeated: boolean },
): SipRequest | undefined {
  if (!credentials || (response.status !== 401 && response.status !== 407)) return undefined;
  const [asks, answers] =
    response.status === 401
      ? (['WWW-Authenticate', 'Authorization'] as const)
      : (['Proxy-Authenticate', 'Proxy-Authorization'] as const);
  // Not `list`: a challenge has commas of its own. Several challenges come in several headers.
  const challenges = [...response.headers].filter(([name]) => name.toLowerCase() === asks.toLowerCase());
  const challenge = challenges.map(([, value]) => parseChallenge(value)).find((each) => each !== undefined);
  if (!challenge || (opts.isRepeated && !challenge.isStale)) return undefined;
  const headers = request.headers.copy();
  headers.set(answers, answerChallenge(challenge, credentials, request));
  headers.set('CSeq', `${(cseqOf(headers)?.number ?? 0) + 1} ${request.method}`);
  return { ...request, headers };
}

/** Resolves with undefined when nobody answers; `sequence` is the CSeq number that was used last. */
export async function exchange(
  transport: SipTransport,
  request: SipRequest,
  to: SocketAddress,
  credentials?: SipCredentials,
): Promise<{ readonly response: SipResponse | undefined; readonly sequence: number }> {
  let asked = request;
  let response: SipResponse | undefined;
  for (let tries = 0; tries < 3; tries++) {
    response = await ask(transport, asked, to);
    const again = response && withCredentials(asked, response, credentials, { isRepeated: tries > 0 });
    if (!again) break;
    asked = again;
  }
  return { response, sequence: cseqOf(asked.headers)?.number ?? 0 };
}

function ask(transport: SipTransport, request: SipRequest, to: SocketAddress): Promise<SipResponse | undefined> {
  return new Promise((resolve) => {
    transport.request(request, to, {
      onResponse: (response) => {
        if (response.status >= 200) resolve(response);
      },
      onTimeout: () => resolve(undefined),
    });
  });
}
