import { createHmac } from 'node:crypto';

/** Of `<epoch seconds>.<body>`, so that neither can be changed and an old one is seen to be old; hexadecimal. */
function signatureOf(secret: string, seconds: number, body: string): string {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
}

/** What stands in `Inzwa-Signature`: a signature under each secret that is in use. */
export function signatureHeader(secrets: readonly string[], seconds: number, body: string): string {
  return [`t=${seconds}`, ...secrets.map((secret) => `v1=${signatureOf(secret, seconds, body)}`)].join(',');
}
