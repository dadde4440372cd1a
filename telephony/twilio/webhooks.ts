/** Is it really Twilio? Signatures are made over the URL the world knows, never over what the Host header claims. */
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';

export interface SignatureCheckOptions {
  /** More than one while a token is being replaced. */
  readonly authTokens: readonly string[];
  /** INZWA_PUBLIC_URL: the origin (and base path, if any) under which Twilio reaches us. */
  readonly publicUrl: string;
}

export class SignatureCheck {
  readonly #authTokens: readonly string[];
  readonly #publicUrl: string;

  constructor({ authTokens, publicUrl }: SignatureCheckOptions) {
    this.#authTokens = authTokens;
    this.#publicUrl = publicUrl.replace(/\/+$/, '');
  }

  /** `path` with its query; `form` as it was posted. Compares in constant time. */
  isSignedPost(path: string, form: Readonly<Record<string, string>>, signature: string | undefined): boolean {
    return this.#isSigned(this.#variants(this.#publicUrl, path), form, signature);
  }

  /** The upgrade is signed over the wss URL without parameters; some gateways in front of us sign the https one. */
  isSignedUpgrade(path: string, signature: string | undefined): boolean {
    const webSocketUrl = this.#publicUrl.replace(/^http/, 'ws');
    const urls = [...this.#variants(webSocketUrl, path), ...this.#variants(this.#publicUrl, path)];
    return this.#isSigned(urls, {}, signature);
  }

  /** Where Twilio is told to open the media socket. */
  streamUrl(path: string): string {
    return this.#publicUrl.replace(/^http/, 'ws') + path;
  }

  #isSigned(urls: readonly string[], form: Readonly<Record<string, string>>, signature: string | undefined): boolean {
    if (signature === undefined) return false;
    return this.#authTokens.some((token) => urls.some((url) => validateRequest(token, signature, url, form)));
  }

  /** With and without a trailing slash, with and without the port that the scheme implies. */
  #variants(origin: string, path: string): string[] {
    const [pathname = '', query] = path.split('?', 2);
    const slashed = pathname.endsWith('/') ? [pathname, pathname.slice(0, -1)] : [pathname, `${pathname}/`];
    return slashed.flatMap((each) => {
      const url = origin + each + (query === undefined ? '' : `?${query}`);
      // The library knows the ports of http and https only.
      return [url, url.replace(/^(wss:\/\/[^/:]+)(?=\/)/, '$1:443')];
    });
  }
}
