/** One import, in a process of its own so that its memory can be measured: argv is a place as JSON and a number of rows. */
import { systemClock } from '#kernel/clock.ts';
import { createCampaign } from '#src/campaigns/create.ts';
import { importContacts } from '#src/campaigns/import/import.ts';
import { putTrunk } from '#src/campaigns/dialler/trunks.ts';
import { installationKeys } from '#src/records/keys.ts';
import { openRecords, type RecordsPlace } from '#src/records/open-records.ts';
import { Phones } from '#src/records/phones.ts';
import { AllowList } from '#telephony/numbers.ts';
import { BENCH_TRUNK } from './claims.ts';
import { madeUpNumber } from './write-campaign.ts';

const [, , place = '', rows = ''] = process.argv;
await using records = await openRecords(JSON.parse(place) as RecordsPlace);
const room = {
  records,
  clock: systemClock,
  phones: new Phones(installationKeys(Buffer.alloc(32, 7))),
  allowList: new AllowList(),
};
await putTrunk(records, BENCH_TRUNK);
const campaignId = await createCampaign(room, {
  name: 'import',
  script: { id: 'made-up', text: '' },
  settings: {},
  trunk: BENCH_TRUNK.name,
  actor: 'bench',
});

async function* file(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  const lines = ['phone,name,village,consent\n'];
  for (let row = 0; row < Number(rows); row++) {
    lines.push(`${madeUpNumber(row)},"Muedzi, ${row}",Chitungwiza ${row % 97},verbal\n`);
    if (lines.length === 1_000) yield Buffer.from(lines.splice(0).join(''));
  }
  yield Buffer.from(lines.join(''));
}

const startedMs = systemClock.nowMs();
const { signal } = new AbortController();
const order = {
  campaignId,
  file: { name: 'made up', open: file },
  actor: 'bench',
  isPreview: false,
  variables: ['name'],
};
const report = await importContacts(room, order, { signal });
const tookMs = systemClock.nowMs() - startedMs;
// KiB, of this process alone.
const mostMb = (process.resourceUsage().maxRSS * 1_024) / 1e6;
process.stdout.write(JSON.stringify({ tookMs, mostMb, accepted: report.accepted, byCode: report.byCode }));
