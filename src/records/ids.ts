/** Ids in the order of their time, so that an index grows at its end. */
import { randomBytes } from 'node:crypto';

/** A UUIDv7 (RFC 9562 §5.7); `wallMs` is epoch ms. */
export function newId(wallMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Math.floor(wallMs), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
