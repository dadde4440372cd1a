/** The few SVG elements that the timeline draws, as text: escaped, rounded to 0.1 px, no dependency. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `<name …>children</name>`; undefined attributes are left out. Children are markup already: text goes through `text`. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? coordinate(value) : escapeMarkup(value)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

export function text(x: number, y: number, content: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, [escapeMarkup(content)]);
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

/**
 * A waveform as one filled outline: per pixel column the loudest and the lowest sample of samples [start, end), around
 * `middle` with `halfHeight` px for ±`fullScale`. Quiet telephone speech stays visible because fullScale is the call's peak.
 */
export function waveform(
  pcm: Int16Array,
  range: { readonly start: number; readonly end: number },
  box: { readonly x: number; readonly width: number; readonly middle: number; readonly halfHeight: number },
  fullScale: number,
  fill: string,
): string {
  const columns = Math.max(1, Math.floor(box.width));
  const upper: string[] = [];
  const lower: string[] = [];
  for (let column = 0; column < columns; column += 1) {
    const from = range.start + Math.floor(((range.end - range.start) * column) / columns);
    const to = range.start + Math.floor(((range.end - range.start) * (column + 1)) / columns);
    let highest = 0;
    let lowest = 0;
    for (let index = from; index < to; index += 1) {
      const sample = pcm[index] ?? 0;
      if (sample > highest) highest = sample;
      if (sample < lowest) lowest = sample;
    }
    const x = coordinate(box.x + column);
    // At least a hairline, so that silence is drawn as a line and a gap in the recording is not.
    upper.push(`${x},${coordinate(box.middle - Math.max(0.3, (highest / fullScale) * box.halfHeight))}`);
    lower.push(`${x},${coordinate(box.middle + Math.max(0.3, (-lowest / fullScale) * box.halfHeight))}`);
  }
  return element('path', { d: `M${upper.join('L')}L${lower.reverse().join('L')}Z`, fill });
}

/** Breaks words into at most `maxLines` lines of about `width` px at `fontPx`; what does not fit ends in an ellipsis. */
export function wrapText(content: string, width: number, fontPx: number, maxLines: number): readonly string[] {
  // 0.54 em is the mean advance of a proportional sans-serif over Shona text, whose commonest letters are wide vowels.
  const perLine = Math.max(6, Math.floor(width / (fontPx * 0.54)));
  const lines: string[] = [];
  let current = '';
  for (const word of content.split(/\s+/u)) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (longer.length <= perLine || current === '') {
      current = longer;
      continue;
    }
    lines.push(current);
    current = word;
  }
  if (current !== '') lines.push(current);
  if (lines.length <= maxLines) return lines;
  const kept = lines.slice(0, maxLines);
  const last = kept.at(-1) ?? '';
  kept[maxLines - 1] = `${last.slice(0, Math.max(0, perLine - 1)).trimEnd()}…`;
  return kept;
}

export function escapeMarkup(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
