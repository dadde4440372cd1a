import { createHash, timingSafeEqual } from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Tells whether an Authorization header carries these credentials. Hashed first, so that neither time nor length tells anything. */
export function basicAuth({ user, password }: Credentials): (header: string | undefined) => boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  const wanted = digest(`${user}:${password}`);
  return (header) => {
    const [, encoded] = /^Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? '') ?? [];
    return encoded !== undefined && timingSafeEqual(digest(Buffer.from(encoded, 'base64').toString('utf8')), wanted);
  };
}
