/** Errors of a transcript against its reference: the fewest edits that turn one row of tokens into the other. */

export interface Edits {
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
}

/**
 * Levenshtein's distance over tokens (words or characters), each edit costing 1. The sum is exact; of several cheapest ways
 * the one with most substitutions at the end is counted, so the three parts may differ from another tool's.
 */
export function countEdits(reference: readonly string[], hypothesis: readonly string[]): Edits {
  const columns = hypothesis.length + 1;
  // Of the cheapest way to each cell of a row: its cost, and how many of its edits are deletions. The rest follows.
  let cost = Uint32Array.from({ length: columns }, (_, column) => column);
  let deletions = new Uint32Array(columns);
  let nextCost = new Uint32Array(columns);
  let nextDeletions = new Uint32Array(columns);
  for (const [row, expected] of reference.entries()) {
    nextCost[0] = row + 1;
    nextDeletions[0] = row + 1;
    for (let column = 1; column < columns; column++) {
      const diagonal = (cost[column - 1] as number) + (hypothesis[column - 1] === expected ? 0 : 1);
      const above = (cost[column] as number) + 1;
      const left = (nextCost[column - 1] as number) + 1;
      nextCost[column] = Math.min(diagonal, above, left);
      nextDeletions[column] =
        diagonal <= above && diagonal <= left
          ? (deletions[column - 1] as number)
          : above <= left
            ? (deletions[column] as number) + 1
            : (nextDeletions[column - 1] as number);
    }
    [cost, nextCost] = [nextCost, cost];
    [deletions, nextDeletions] = [nextDeletions, deletions];
  }
  const total = cost[columns - 1] as number;
  const deleted = deletions[columns - 1] as number;
  const inserted = hypothesis.length - reference.length + deleted;
  return { substitutions: total - deleted - inserted, deletions: deleted, insertions: inserted };
}

/**
 * Word errors when joining and splitting are free: as Levenshtein's distance over words, but any run of reference words is
 * equal to any run of words with the same letters (`vari ku famba`, `variku famba`). Never more than the plain distance,
 * and equal to it where no word is joined or split; a joined word with a wrong letter in it counts as it does there.
 */
export function spaceInsensitiveErrors(reference: readonly string[], hypothesis: readonly string[]): number {
  const expected = new JoinedWords(reference);
  const heard = new JoinedWords(hypothesis);
  const columns = hypothesis.length + 1;
  const cost = new Uint32Array((reference.length + 1) * columns);
  for (let row = 0; row <= reference.length; row++) {
    for (let column = 0; column <= hypothesis.length; column++) {
      if (row === 0 || column === 0) {
        cost[row * columns + column] = row + column;
        continue;
      }
      const above = (cost[(row - 1) * columns + column] as number) + 1;
      const left = (cost[row * columns + column - 1] as number) + 1;
      const diagonal = (cost[(row - 1) * columns + column - 1] as number) + 1;
      const run = equalRun(expected, row, heard, column);
      const free = run === undefined ? Infinity : (cost[run.row * columns + run.column] as number);
      cost[row * columns + column] = Math.min(above, left, diagonal, free);
    }
  }
  return cost[cost.length - 1] as number;
}

/** Words written together, and where each begins and ends in that. */
class JoinedWords {
  readonly #letters: string;
  readonly #ends: readonly number[];

  constructor(words: readonly string[]) {
    let length = 0;
    this.#letters = words.join('');
    this.#ends = [0, ...words.map((word) => (length += word.length))];
  }

  /** Letters of the words from the one after `from` to the one numbered `to`. */
  length(from: number, to: number): number {
    return (this.#ends[to] ?? 0) - (this.#ends[from] ?? 0);
  }

  text(from: number, to: number): string {
    return this.#letters.slice(this.#ends[from], this.#ends[to]);
  }

  lastLetter(to: number): string {
    return this.#letters.charAt((this.#ends[to] ?? 0) - 1);
  }
}

/** Where the shortest two runs begin that end here and have the same letters; longer ones are made of such. */
function equalRun(
  expected: JoinedWords,
  row: number,
  heard: JoinedWords,
  column: number,
): { readonly row: number; readonly column: number } | undefined {
  if (expected.lastLetter(row) !== heard.lastLetter(column)) return undefined;
  let [fromRow, fromColumn] = [row - 1, column - 1];
  while (fromRow >= 0 && fromColumn >= 0) {
    const difference = expected.length(fromRow, row) - heard.length(fromColumn, column);
    if (difference === 0) {
      const isEqual = expected.text(fromRow, row) === heard.text(fromColumn, column);
      return isEqual ? { row: fromRow, column: fromColumn } : undefined;
    }
    if (difference < 0) fromRow -= 1;
    else fromColumn -= 1;
  }
  return undefined;
}
