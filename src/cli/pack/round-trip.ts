/** Written values read as words and heard again: the text front end checked against itself, for any language. */
import type { CountClass, Language } from '#pipeline/language/language.ts';
import { seededRandom } from '../bench/statistics.ts';

/** One kind of value and how many of its sample came back as they were. */
export interface RoundTrip {
  readonly kind: string;
  readonly right: number;
  readonly of: number;
  /** Written → words → heard, of the first that did not come back. */
  readonly firstFailure?: string;
}

/** A value as people write it, and the canonical line that it must come back as. */
interface Sample {
  readonly written: string;
  readonly line: string;
  readonly nounClass?: CountClass;
}

type Draw = (below: (n: number) => number) => Sample;

const CLASSES: readonly CountClass[] = ['none', 2, 4, 6, 8, 10];
const pad = (n: number): string => String(n).padStart(2, '0');
/** From one digit to `digits`, each length as frequent. */
const anyLength = (digits: number, below: (n: number) => number): number => below(10 ** (1 + below(digits)));

const number =
  (nounClass: CountClass): Draw =>
  (below) => {
    const n = String(anyLength(12, below));
    return { written: n, line: n, nounClass };
  };

const KINDS: Readonly<Record<string, Draw>> = {
  ...Object.fromEntries(CLASSES.map((nounClass) => [`numbers, class ${nounClass}`, number(nounClass)])),
  decimals: (below) => {
    const line = `${anyLength(4, below)}.${1 + below(9)}${1 + below(9)}`;
    return { written: line, line };
  },
  percent: (below) => {
    const line = `${below(101)}%`;
    return { written: line, line };
  },
  money: (below) => {
    const [whole, cents] = [1 + anyLength(5, below), pad(1 + below(99))];
    return { written: `US$${whole}.${cents}`, line: `USD ${whole}.${cents}` };
  },
  times: (below) => {
    const line = `${pad(below(24))}:${pad(below(60))}`;
    return { written: line, line };
  },
  dates: (below) => {
    const line = `${1990 + below(60)}-${pad(1 + below(12))}-${pad(1 + below(28))}`;
    return { written: line, line };
  },
  telephones: (below) => {
    const digits = Array.from({ length: 7 }, () => String(below(10))).join('');
    return { written: `077 ${digits.slice(0, 3)} ${digits.slice(3)}`, line: `077${digits}` };
  },
};

/** Draws `count` values of each kind, the same for the same seed. */
export function roundTrips(language: Language, count: number, seed: number): readonly RoundTrip[] {
  return Object.entries(KINDS).map(([kind, draw]) => {
    const random = seededRandom(seed);
    const below = (n: number): number => Math.floor(random() * n);
    let right = 0;
    let firstFailure: string | undefined;
    for (let time = 0; time < count; time += 1) {
      const { written, line, nounClass } = draw(below);
      const words = language.speakable(written, nounClass === undefined ? {} : { nounClass });
      const heard = language.valueOf(words);
      const back = heard === undefined ? 'none' : language.writeValue(heard);
      if (back === line) right += 1;
      else firstFailure ??= `${written} → ${words} → ${back}`;
    }
    return { kind, right, of: count, ...(firstFailure !== undefined && { firstFailure }) };
  });
}

/** Texts that, read out, still hold a figure, a sign or a control character. */
export function unsayable(language: Language, texts: readonly string[]): readonly string[] {
  return texts.filter((text) => /[\p{N}\p{S}\p{C}%&@#*_/\\]/u.test(language.speakable(text)));
}
