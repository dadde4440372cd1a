/** The pack's little sentences with gaps: "shilingi {n}", "{from} hadi {to}". */

/** The template with its gaps filled; a gap that has no value stays empty. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template
    .replaceAll(/\{([a-z]+)\}/gu, (_, name: string) => values[name] ?? '')
    .replaceAll(/\s+/gu, ' ')
    .trim();
}

/** The words before and behind the one gap of a template, lower case. */
export function aroundGap(template: string): {
  readonly before: readonly string[];
  readonly behind: readonly string[];
} {
  const [before = '', behind = ''] = template.toLowerCase().split(/\{[a-z]+\}/u);
  const words = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');
  return { before: words(before), behind: words(behind) };
}

/** A text as a pattern that matches itself. */
export function escapedForRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/gu, '\\$&');
}
