import { describe, expect, it } from 'vitest';
import { recordsError } from '#src/records/failures.ts';

const SECRET = '+263772000001';

describe('what a database says', () => {
  it.each([5, 6, 13, 14, 10, 266, 778, 3338])('is unavailable, and may be again, for SQLite code %i', (sqliteCode) => {
    expect(recordsError({ sqliteCode, message: 'x' })).toMatchObject({
      code: 'INZWA_RECORDS_UNAVAILABLE',
      retryable: true,
    });
  });

  it.each(['08006', '53100', '53300', '57P01', '40P01', '55P03', 'ECONNREFUSED', 'ENOTFOUND'])(
    'is unavailable for PostgreSQL’s %s',
    (code) => {
      expect(recordsError({ code, message: 'x' })).toMatchObject({
        code: 'INZWA_RECORDS_UNAVAILABLE',
        retryable: true,
      });
    },
  );

  it.each(['0A000', '26000'])('is unavailable for %s of a statement that was prepared, and a failure else', (code) => {
    expect(recordsError({ code, isPrepared: true, message: 'x' })).toMatchObject({
      code: 'INZWA_RECORDS_UNAVAILABLE',
      retryable: true,
    });
    expect(recordsError({ code, message: 'x' })).toMatchObject({ code: 'INZWA_RECORDS_FAILED', retryable: false });
  });

  it('is unavailable when pg has no code for a lost connection', () => {
    expect(recordsError({ message: 'Connection terminated unexpectedly' }).code).toBe('INZWA_RECORDS_UNAVAILABLE');
    expect(recordsError({ message: 'timeout exceeded when trying to connect' }).code).toBe('INZWA_RECORDS_UNAVAILABLE');
  });

  it('is a conflict when the row is there already, in either database', () => {
    expect(recordsError({ sqliteCode: 2067, constraint: 'phones.hash', message: 'x' }).code).toBe(
      'INZWA_RECORDS_CONFLICT',
    );
    expect(recordsError({ sqliteCode: 1555, message: 'x' }).code).toBe('INZWA_RECORDS_CONFLICT');
    expect(recordsError({ code: '23505', constraint: 'phones_key', message: 'x' }).code).toBe('INZWA_RECORDS_CONFLICT');
  });

  it('is a failure, not to be tried again, for everything else', () => {
    expect(recordsError({ sqliteCode: 1, message: 'no such column: x' })).toMatchObject({
      code: 'INZWA_RECORDS_FAILED',
      retryable: false,
    });
    expect(recordsError({ code: '42703', message: 'column "x" does not exist' }).code).toBe('INZWA_RECORDS_FAILED');
  });

  it('never repeats a value that was refused', () => {
    for (const code of ['22P02', '22003', '23502', '23514']) {
      expect(recordsError({ code, message: `invalid input: "${SECRET}"` }).message).not.toContain(SECRET);
    }
  });
});
