/** A table that a command writes as it goes, readable for its owner alone. */
import { closeSync, constants, copyFileSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { InzwaError } from '#kernel/errors.ts';
import { fileTrouble } from './contacts-file.ts';

/** Written when so much has come together. */
const BUFFER_CHARACTERS = 64 * 1024;

/** Begins with a byte order mark, so that a spreadsheet reads it as UTF-8. */
export class PaperFile {
  readonly #target: string;
  readonly #isKeeping: boolean;
  readonly #file: number;
  #waiting: string;
  #path: string;
  #isOpen = true;

  /**
   * `isKeeping`: a file of that name with other content stays, and this one gets a number. Throws INZWA_CONFIG_INVALID when
   * it cannot be written.
   */
  constructor(path: string, header: string, { isKeeping }: { readonly isKeeping: boolean }) {
    this.#target = path;
    try {
      // A pipe or /dev/null is no file that could be kept.
      this.#isKeeping = isKeeping && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
      this.#path = this.#isKeeping ? `${path}.part` : path;
      this.#file = openSync(this.#path, 'w', 0o600);
    } catch (error) {
      const why = `${path} cannot be written (${fileTrouble(error)}): name another with --refused or --verdicts`;
      throw new InzwaError('INZWA_CONFIG_INVALID', why, { cause: error });
    }
    this.#waiting = `\ufeff${header}`;
  }

  /** Where it is; its own name when it is closed. */
  get path(): string {
    return this.#path;
  }

  /** True: what had the name that was wanted stays there, and this is another. */
  get isAnother(): boolean {
    return !this.#isOpen && this.#path !== this.#target;
  }

  write(text: string): void {
    this.#waiting += text;
    if (this.#waiting.length > BUFFER_CHARACTERS) this.#flush();
  }

  /** May be called again. */
  close(): void {
    if (!this.#isOpen) return;
    this.#flush();
    closeSync(this.#file);
    this.#isOpen = false;
    if (this.#isKeeping) this.#takeName();
  }

  /** The first name that nobody has, or that holds just this already. */
  #takeName(): void {
    const part = this.#path;
    for (let round = 1; this.#path === part; round += 1) {
      const path = round === 1 ? this.#target : this.#target.replace(/(?:\.[^./\\]*)?$/, `-${round}$&`);
      if (isCopied(part, path) || isSame(part, path)) this.#path = path;
    }
    rmSync(part, { force: true });
  }

  #flush(): void {
    writeSync(this.#file, this.#waiting);
    this.#waiting = '';
  }
}

/** False: somebody has that name. */
function isCopied(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }));
  return b?.isFile() === true && a?.size === b.size && readFileSync(one).equals(readFileSync(other));
}
