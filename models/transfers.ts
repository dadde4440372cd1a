/** Adds up what a pull has moved. Two members of one wheel are one transfer; a source that failed is taken out of the sum. */
import { transferName } from './sources/source.ts';
import type { FileSource, ModelFile, SingleSource } from './schema.ts';

export class Transfers {
  readonly #planned = new Map<string, ReadonlyMap<string, number>>();
  readonly #done = new Map<string, number>();

  /** Says that the file of `role` will come from `source`, instead of from wherever was planned for it before. */
  plan(role: string, file: ModelFile, source: FileSource): void {
    this.#planned.set(role, new Map(piecesOf(source).map((piece) => [transferName(piece), plannedBytes(piece, file)])));
  }

  /** As `plan`, for a copy from the mirror. */
  planCopy(role: string, name: string, totalBytes: number): void {
    this.#planned.set(role, new Map([[name, totalBytes]]));
  }

  moved(name: string, doneBytes: number): void {
    this.#done.set(name, doneBytes);
  }

  /** Bytes moved and bytes to move in all, over everything that is planned now. */
  sum(): { readonly doneBytes: number; readonly totalBytes: number } {
    const totals = new Map([...this.#planned.values()].flatMap((transfers) => [...transfers]));
    let doneBytes = 0;
    let totalBytes = 0;
    for (const [name, bytes] of totals) {
      totalBytes += bytes;
      doneBytes += Math.min(this.#done.get(name) ?? 0, bytes);
    }
    return { doneBytes, totalBytes };
  }
}

/** The single sources of a file, in the order in which they are joined. */
export function piecesOf(source: FileSource): readonly SingleSource[] {
  return source.kind === 'joined' ? source.parts.map((part) => part.source) : [source];
}

/** The size of a file as far as the catalogue knows it. */
export function sizeOf(file: ModelFile): number {
  return file.bytes ?? file.approximateBytes ?? 0;
}

function plannedBytes(source: SingleSource, file: ModelFile): number {
  return source.kind === 'huggingface' ? sizeOf(file) : source.packageBytes;
}
