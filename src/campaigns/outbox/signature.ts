import { createHmac } from 'node:crypto';

/** Of `<epoch seconds>.<body>`, so that neither can be changed and an old one is seen to be old; hexadecimal. */
function signatureOf(secret: string, seconds: number, body: string): string {
  return createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
}

/** What stands in `Inzwa-Signature`. */
export function signatureHeader(secret: string, seconds: number, body: string): string {
  return `t=${seconds},v1=${signatureOf(secret, seconds, body)}`;
}
