import { describe, expect, it } from 'vitest';
import { readManifest } from '#src/cli/eval/manifest.ts';

const read = (text: string, name = 'table') => readManifest(Buffer.from(text, 'utf8'), name);

describe('a manifest of FLEURS', () => {
  const row = '1903\t10004.wav\tMhoroi, "shamwari".\tmhoroi shamwari\tm h o r o i |\t97920\tFEMALE';

  it('is known by having no header, and gives the raw transcription with its quotation marks', () => {
    const { layout, rows, problems } = read(`${row}\n${row.replace('10004', '10005')}\n`);
    expect(layout).toBe('fleurs');
    expect(problems).toEqual([]);
    expect(rows.map(({ line, audio, id, gender }) => [line, audio, id, gender])).toEqual([
      [1, '10004.wav', '1903', 'female'],
      [2, '10005.wav', '1903', 'female'],
    ]);
    expect(rows[0]).toMatchObject({ text: 'Mhoroi, "shamwari".', speaker: undefined });
  });

  it('falls back on the other transcription, and names rows that are cut off', () => {
    const { rows, problems } = read(`1\ta.wav\t\tmangwanani\tx\t1\tMALE\n2\tb.wav\n3\tc.wav\t\t\tx\t1\tMALE\n`);
    expect(rows.map(({ text }) => text)).toEqual(['mangwanani']);
    expect(problems).toEqual([
      { line: 2, kind: 'row', reason: 'it has 2 columns, not 7' },
      { line: 3, kind: 'row', reason: 'it has no transcript (column text)' },
    ]);
  });
});

describe('a manifest of Common Voice', () => {
  it('is known by its columns, whatever others a release has', () => {
    const { layout, rows } = read(
      'client_id\tpath\tsentence_id\tsentence\tup_votes\tgender\nabc\tcommon_voice_sn_1.mp3\ts1\t"Ndati ""ehe"""\t2\tmale_masculine\n',
    );
    expect(layout).toBe('common-voice');
    expect(rows[0]).toMatchObject({
      audio: 'common_voice_sn_1.mp3',
      text: 'Ndati "ehe"',
      speaker: 'abc',
      gender: 'male_masculine',
    });
  });
});

describe('a manifest of WAXAL', () => {
  it('is known as TSV, CSV or JSON Lines by id, speaker_id and transcription', () => {
    const expected = { id: 'sna_1', text: 'Nzvimbo ine sora', speaker: '7', audio: 'sna_1.mp3' };
    const csv = read(
      'id,speaker_id,transcription,language,gender,audio\nsna_1,7,Nzvimbo ine sora,sna,Female,sna_1.mp3\n',
    );
    const json = read(
      '{"id":"sna_1","speaker_id":7,"transcription":"Nzvimbo ine sora","audio":{"bytes":null,"path":"sna_1.mp3"}}\n',
    );
    for (const { layout, rows } of [csv, json]) {
      expect(layout).toBe('waxal');
      expect(rows).toEqual([expect.objectContaining(expected)]);
    }
  });

  it('does without a column for the recording: the id is its name', () => {
    const { layout, rows } = read('id\tspeaker_id\ttranscription\nsna_1\t7\tNzvimbo\n');
    expect(layout).toBe('waxal');
    expect(rows[0]).toMatchObject({ id: 'sna_1', audio: '' });
  });
});

describe('a plain manifest', () => {
  it.each([
    ['audio\ttext\na.wav\tehe\n'],
    ['path,sentence\na.wav,ehe\n'],
    ['PATH;Sentence\na.wav;ehe\n'],
    ['{"audio_filepath":"a.wav","text":"ehe","duration":1.5}\n'],
    ['file_name,transcription\na.wav,ehe\n'],
  ])('is any table with an audio and a text column: %j', (text) => {
    expect(read(text)).toMatchObject({ layout: 'plain', rows: [{ audio: 'a.wav', text: 'ehe' }], problems: [] });
  });

  it('takes speakers where there are any', () => {
    expect(read('audio,text,speaker\na.wav,ehe,Rudo\n').rows[0]?.speaker).toBe('Rudo');
  });

  it('names every row that cannot be used by its line, and keeps the others', () => {
    const { rows, problems } = read(
      ['audio,text', 'a.wav,ehe', ',kwete', 'b.wav,', 'c.wav,a,b', 'd.wav,aiwa'].join('\n'),
    );
    expect(rows.map(({ line }) => line)).toEqual([2, 6]);
    expect(problems.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(problems.map(({ reason }) => reason)).toEqual([
      'it names no recording (column audio)',
      'it has no transcript (column text)',
      'it has 3 columns, the header 2',
    ]);
  });

  it('names bad lines of JSON without quoting them', () => {
    const { rows, problems } = read('{"audio":"a.wav","text":"ehe"}\n{"audio":"b.wav","text":chakavanzika}\n[1]\n');
    expect(rows).toHaveLength(1);
    expect(problems.map(({ line }) => line)).toEqual([2, 3]);
    expect(JSON.stringify(problems)).not.toContain('chakavanzika');
  });

  it('leaves out a transcript that is no UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('audio,text\na.wav,n'), Uint8Array.of(0x92), Buffer.from('anga\n')]);
    expect(readManifest(bytes, 'x').problems).toEqual([
      { line: 2, kind: 'row', reason: 'its transcript is not UTF-8' },
    ]);
  });
});

describe('what is no manifest', () => {
  it.each([
    ['', 'it is empty'],
    ['PAR1....', 'Parquet'],
    ['[{"audio":"a.wav"}]', 'one JSON object per line'],
    ['name,size\na,b\n', 'It has the columns name, size'],
    ['audio,text\n', 'no rows'],
  ])('is refused by name: %j', (text, why) => {
    expect(() => read(text, 'dev.tsv')).toThrow(expect.objectContaining({ code: 'INZWA_EVAL_MANIFEST' }));
    expect(() => read(text, 'dev.tsv')).toThrow(/^dev\.tsv: /u);
    expect(() => read(text, 'dev.tsv')).toThrow(why);
  });
});
