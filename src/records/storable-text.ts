/** What was heard, as both databases take it: PostgreSQL refuses a NUL byte, and half a surrogate pair has no UTF-8. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}
