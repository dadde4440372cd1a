/** What goes between a thread that wants records and the one thread that has the SQLite file open. */

/** What SQLite binds. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

export type SqliteRequest =
  | { readonly id: number; readonly kind: 'query'; readonly sql: string; readonly parameters: readonly SqliteValue[] }
  /** Nothing where SQLite has rolled back by itself, as it does when the disk is full. */
  | { readonly id: number; readonly kind: 'rollback' }
  /** An online copy to another file, consistent, while others go on writing. */
  | { readonly id: number; readonly kind: 'backup'; readonly path: string }
  | { readonly id: number; readonly kind: 'close' };

export type SqliteReply =
  | {
      readonly id: number;
      readonly rows: readonly unknown[];
      readonly changes?: number | bigint | undefined;
      readonly lastRowid?: number | bigint | undefined;
    }
  | {
      readonly id: number;
      readonly fault: { readonly sqliteCode: number | undefined; readonly message: string };
    };

export interface SqliteWorkerData {
  /** A path, or `:memory:`. */
  readonly file: string;
}
