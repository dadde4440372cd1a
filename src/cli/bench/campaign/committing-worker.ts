/** Claims calls one by one and says so when each is durable: argv is the file of the records; a line is an attempt's id. */
import { claim } from '#src/campaigns/dialler/claim.ts';
import { openRecords } from '#src/records/open-records.ts';
import { leaseFor, MIDNIGHT_MS, requestFor } from './claims.ts';

const records = await openRecords({ file: process.argv[2] ?? '' });
const lease = await leaseFor(records, MIDNIGHT_MS);
for (let turn = 0; ; turn++) {
  const { claimed } = await claim(records, requestFor(lease, MIDNIGHT_MS + 60_000 + turn * 1_000, 1, turn));
  for (const { attemptId } of claimed) process.stdout.write(`${attemptId}\n`);
  if (claimed.length === 0) break;
}
