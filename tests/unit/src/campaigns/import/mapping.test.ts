import { describe, expect, it } from 'vitest';
import { isInzwaError } from '#kernel/errors.ts';
import { mapColumns, variableName, type MappingWishes } from '#src/campaigns/import/mapping.ts';

const map = (header: string, wishes: Partial<MappingWishes> = {}) =>
  mapColumns(header.split(','), { variables: [], ...wishes }).mapping;

function refusal(header: string, wishes: Partial<MappingWishes> = {}): string {
  try {
    map(header, wishes);
  } catch (error) {
    if (isInzwaError(error, 'INZWA_CONTACTS_INVALID')) return error.message;
    throw error;
  }
  return 'none';
}

describe('the column of the numbers', () => {
  it.each([
    'phone',
    'Phone Number',
    'PHONE',
    ' Mobile ',
    'Cell',
    'cellphone',
    'Tel.',
    'telephone',
    'MSISDN',
    'WhatsApp number',
    'Nhamba yerunhare',
    'runhare',
    '\ufeffphone',
    'Contact number',
  ])('is found by its name: %j', (name) => {
    expect(map(`name,${name}`).fields.phone).toBe(name.replace('\ufeff', '').trim());
  });

  it('is the one that is called phone among several', () => {
    expect(map('mobile,phone,name')).toEqual({
      fields: { phone: 'phone' },
      vars: { mobile: 'mobile', name: 'name' },
      ignored: [],
    });
  });

  it('is asked for when two may be it, or none', () => {
    expect(refusal('mobile,telephone')).toMatch(
      /"mobile" and "telephone" could both be the phone: choose with --map phone=/,
    );
    expect(refusal('name,town')).toMatch(/no column holds telephone numbers .* columns are: name, town/);
  });

  it('is what the operator says', () => {
    expect(map('mobile,telephone', { map: { phone: 'Telephone' } }).fields.phone).toBe('telephone');
    expect(refusal('mobile', { map: { phone: 'nowhere' } })).toMatch(/--map phone=: no column is called "nowhere"/);
  });
});

describe('other columns', () => {
  it('are known, or become variables of their own names', () => {
    expect(map('phone,First Name,Tz,Language,Consent date,Zuva rekuzvarwa,Größe')).toEqual({
      fields: { phone: 'phone', tz: 'Tz', language: 'Language', consent_at: 'Consent date' },
      vars: { first_name: 'First Name', zuva_rekuzvarwa: 'Zuva rekuzvarwa', große: 'Größe' },
      ignored: [],
    });
  });

  it('take the name that the script has for them, whatever its letters', () => {
    expect(map('phone,ZITA', { variables: ['zita'] }).vars).toEqual({ zita: 'ZITA' });
    expect(map('phone,first name', { variables: ['First_Name'] }).vars).toEqual({ First_Name: 'first name' });
    expect(map('phone,name', { variables: ['zita'], map: { zita: 'name' } }).vars).toEqual({ zita: 'name' });
  });

  it('must be there when the script speaks of them', () => {
    expect(refusal('phone,name', { variables: ['zita'] })).toMatch(
      /speaks of \{\{zita\}\}.*--map zita=HEADER.*columns are: phone, name/,
    );
  });

  it('are left out when they are ignored, hold results, or have no name', () => {
    const columns = mapColumns('phone,notes,,result.state,answer.q1,error.line'.split(','), {
      variables: [],
      ignore: ['Notes'],
    });
    expect(columns.mapping).toEqual({ fields: { phone: 'phone' }, vars: {}, ignored: ['notes'] });
    expect(columns.unused).toEqual(['notes', 'result.state', 'answer.q1', 'error.line']);
  });

  it('are mapped as for the last file where they are still there', () => {
    const saved = map('cell,name,notes', { map: { phone: 'cell', zita: 'name' }, ignore: ['notes'] });
    expect(map('cell,name,notes,town', { saved })).toEqual({
      fields: { phone: 'cell' },
      vars: { zita: 'name', town: 'town' },
      ignored: ['notes'],
    });
    expect(map('phone,name', { saved }).fields.phone).toBe('phone');
  });
});

it('columns of our own may be there twice, as older versions wrote them', () => {
  const header = ['error.line', 'error.codes', 'error.line', 'error.codes', 'phone', 'name'];
  expect(mapColumns(header, { variables: ['name'] }).fieldAt).toEqual({ phone: 4 });
});

describe('a header that cannot be used', () => {
  it.each([
    ['phone,name,name', /two columns are called "name"/],
    ['phone,First name,first_name', /more than one column would be first_name/],
    ['0772000001,Tendai', /holds a telephone number: the file has no header.*--header/],
    [',,', /names no columns/],
    ['phone,***', /has no letters/],
  ])('is refused with what to do: %s', (header, message) => {
    expect(refusal(header)).toMatch(message);
  });
});

describe('the name of a variable', () => {
  it.each([
    ['First Name', 'first_name'],
    [' Zita re-amai ', 'zita_re-amai'],
    ['Kgošigadi', 'kgosigadi'],
    ['%', ''],
  ])('is made of the header %j: %j', (header, name) => {
    expect(variableName(header)).toBe(name);
  });
});
