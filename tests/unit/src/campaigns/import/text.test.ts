import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { readAsUtf8, surveyFile } from '#src/campaigns/import/text.ts';
import { collect, fileOf } from '../../../../support/contacts-import.ts';

const TEXT = 'phone,name\n0772000001,Chipo Müller\n';

const utf16 = (text: string, isBigEndian: boolean, hasMark: boolean): Buffer => {
  const bytes = Buffer.from((hasMark ? '\ufeff' : '') + text, 'utf16le');
  return isBigEndian ? bytes.swap16() : bytes;
};

async function decoded(bytes: Uint8Array, chunkBytes?: number) {
  const file = fileOf(bytes, chunkBytes);
  const survey = await surveyFile(file);
  const text = Buffer.concat(await collect(readAsUtf8(file, survey.encoding))).toString();
  return { encoding: survey.encoding, by: survey.encodingBy, text };
}

describe('the encoding of a file of contacts', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT), 'utf-8', 'content'],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), 'utf-8', 'mark'],
    ['UTF-16 little endian with a mark', utf16(TEXT, false, true), 'utf-16le', 'mark'],
    ['UTF-16 big endian with a mark', utf16(TEXT, true, true), 'utf-16be', 'mark'],
    ['UTF-16 little endian without a mark', utf16(TEXT, false, false), 'utf-16le', 'content'],
    ['UTF-16 big endian without a mark', utf16(TEXT, true, false), 'utf-16be', 'content'],
    ['Windows-1252', Buffer.from(TEXT, 'latin1'), 'windows-1252', 'guessed'],
  ])('is found out: %s', async (_name, bytes, encoding, by) => {
    for (const chunkBytes of [undefined, 1, 3])
      expect(await decoded(bytes, chunkBytes)).toEqual({ encoding, by, text: TEXT });
  });

  it('stays UTF-8 when only one place of many is broken', async () => {
    const bytes = Buffer.concat([
      Buffer.from('phone,name\n1,Müller\n2,Jürg\n3,'),
      Buffer.from([0xe9]),
      Buffer.from('a\n'),
    ]);
    const { encoding, text } = await decoded(bytes);
    expect(encoding).toBe('utf-8');
    expect(text).toContain('3,\ufffda');
  });

  it('is what the operator says', async () => {
    const survey = await surveyFile(fileOf(Buffer.from(TEXT)), 'windows-1252');
    expect([survey.encoding, survey.encodingBy]).toEqual(['windows-1252', 'operator']);
  });
});

describe('what is no text', () => {
  it.each([
    ['nothing', Buffer.alloc(0), /is empty/],
    ['blank lines', Buffer.from('\ufeff\r\n  \n'), /is empty/],
    ['a workbook', Buffer.from('PK\u0003\u0004rest'), /save it as "CSV UTF-8"/],
    ['an old workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 1]), /old workbook/],
    ['a PDF', Buffer.from('%PDF-1.7'), /PDF/],
    ['compressed', Buffer.from([0x1f, 0x8b, 8]), /gzip/],
    ['a web page', Buffer.from('<!DOCTYPE html><table>'), /web page/],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x70, 0, 0, 0]), /UTF-32/],
    ['a program', Buffer.from(`\u007fELF${'\0'.repeat(9)}`), /no text/],
  ])('is refused with what to do: %s', async (_name, bytes, message) => {
    const error: unknown = await surveyFile(fileOf(bytes)).catch((thrown: unknown) => thrown);
    expect(isInzwaError(error, 'INZWA_CONTACTS_INVALID')).toBe(true);
    expect((error as Error).message).toMatch(message);
  });
});
