/** What every ModelSource must do. Run over each implementation by model-source.test.ts. */
import { describe, expect, it } from 'vitest';
import type { ModelSource, OpenedFile } from '#models/sources/source.ts';

export interface SourceCase<S> {
  readonly source: ModelSource<S>;
  /** A file that exists, and its content of at least 1,000 bytes. */
  readonly present: S;
  readonly content: Buffer;
  readonly absent: S;
  /** The same source while its far end cannot be reached; undefined where there is no far end. */
  readonly unreachable?: ModelSource<S>;
}

async function drain(opened: OpenedFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of opened.stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export function modelSourceContract<S>(name: string, make: () => Promise<SourceCase<S>>): void {
  const signal = new AbortController().signal;
  const onTransfer = (): void => undefined;

  describe(`model source contract: ${name}`, () => {
    it('delivers the file from its start, byte by byte', async () => {
      const { source, present, content } = await make();
      const opened = await source.open(present, { offsetBytes: 0, signal, onTransfer });
      expect(opened.startsAt).toBe(0);
      expect(opened.bytes ?? content.length).toBe(content.length);
      expect((await drain(opened)).equals(content)).toBe(true);
    });

    it('reports growing amounts that end at the total', async () => {
      const { source, present } = await make();
      const amounts: [number, number | undefined][] = [];
      const record = (done: number, total: number | undefined): number => amounts.push([done, total]);
      await drain(await source.open(present, { offsetBytes: 0, signal, onTransfer: record }));
      const done = amounts.map(([bytes]) => bytes);
      expect(done).toEqual(done.toSorted((a, b) => a - b));
      const last = amounts.at(-1)!;
      expect(last[0]).toBe(last[1]);
    });

    it('continues where it is asked to, or starts again and says so', async () => {
      const { source, present, content } = await make();
      const first = await source.open(present, { offsetBytes: 0, signal, onTransfer });
      await drain(first);
      const opened = await source.open(present, {
        offsetBytes: 600,
        ...(first.identity === undefined ? {} : { identity: first.identity }),
        signal,
        onTransfer,
      });
      expect([0, 600]).toContain(opened.startsAt);
      expect((await drain(opened)).equals(content.subarray(opened.startsAt))).toBe(true);
    });

    it('starts again when the bytes that are here are of another version', async () => {
      const { source, present, content } = await make();
      const opened = await source.open(present, { offsetBytes: 600, identity: 'another version', signal, onTransfer });
      expect(opened.startsAt).toBe(0);
      expect((await drain(opened)).equals(content)).toBe(true);
    });

    it('says with a code that there is no such file', async () => {
      const { source, absent } = await make();
      const open = async (): Promise<Buffer> =>
        drain(await source.open(absent, { offsetBytes: 0, signal, onTransfer }));
      await expect(open()).rejects.toMatchObject({
        code: expect.stringMatching(/^INZWA_MODEL_(SOURCE|ARCHIVE)$/) as string,
        retryable: false,
      });
    });

    it('rejects with the reason of an aborted signal', async () => {
      const { source, present } = await make();
      const aborted = AbortSignal.abort(new Error('enough'));
      const open = async (): Promise<Buffer> =>
        drain(await source.open(present, { offsetBytes: 0, signal: aborted, onTransfer }));
      await expect(open()).rejects.toThrow('enough');
    });

    it('delivers again after a discard', async () => {
      const { source, present, content } = await make();
      await drain(await source.open(present, { offsetBytes: 0, signal, onTransfer }));
      await source.discard(present);
      const opened = await source.open(present, { offsetBytes: 0, signal, onTransfer });
      expect((await drain(opened)).equals(content)).toBe(true);
    });

    it('calls a far end that does not answer a network error that may pass', async ({ skip }) => {
      const { unreachable, present } = await make();
      if (unreachable === undefined) return skip('a folder has no network in between');
      await expect(unreachable.open(present, { offsetBytes: 0, signal, onTransfer })).rejects.toMatchObject({
        code: 'INZWA_MODEL_NETWORK',
        retryable: true,
      });
    });
  });
}
