/** Who is at the keyboard, for the audit. */
import { userInfo } from 'node:os';

/** `uid 1234` for a user without a line in passwd, as in many containers: Node has no name for them, and throws. */
export function userName(
  info: () => { readonly username: string } = userInfo,
  uid: number | undefined = process.getuid?.(),
): string {
  try {
    return info().username;
  } catch {
    return `uid ${uid ?? 'unknown'}`;
  }
}
