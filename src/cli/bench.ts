/** `inzwa bench <what>`: measurements that print their figures, where they were taken, and what they must reach. */
import { InzwaError } from '#kernel/errors.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ readonly run: (args: readonly string[]) => Promise<number> }>>> =
  {
    call: () => import('./bench/call.ts'),
    capacity: () => import('./bench/capacity.ts'),
    asterisk: () => import('./bench/asterisk.ts'),
    campaign: () => import('./bench/campaign.ts'),
    shona: () => import('./bench/shona.ts'),
    turns: () => import('./bench/turns.ts'),
  };

const HELP = `Usage: npm run bench:call [-- options]          (the same as: npm run inzwa -- bench call [options])
       npm run bench:capacity [-- options]      (the same as: npm run inzwa -- bench capacity [options])
       npm run bench:asterisk [-- options]      (the same as: npm run inzwa -- bench asterisk [options])
       npm run bench:campaign [-- options]      (the same as: npm run inzwa -- bench campaign [options])
       npm run bench:shona [-- options]         (the same as: npm run inzwa -- bench shona [options])
       npm run bench:turns [-- options]         (the same as: npm run inzwa -- bench turns [options])

  call       how fast the caller hears an answer, how fast the agent yields, and what the service costs
  capacity   how many calls at once are served well
  asterisk   calls over SIP through a real Asterisk: greeting, interruptions, a service that dies, twenty calls at once
  campaign   a dialler that is killed, power cuts, claims, imports, a day of 50,000 people
  shona      the text front end against tables, and recognition and answers with a synthetic caller
  turns      who has the floor: pauses, interruptions, backchannels, coughs, echo; any agent that speaks Twilio's wire

  Each explains its options: npm run bench:shona -- --help
`;

/** The first argument names the bench. */
export async function run(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  if (what === undefined || what === '--help' || what === '-h') {
    process.stdout.write(HELP);
    return what === undefined ? 2 : 0;
  }
  const load = BENCHES[what];
  if (load === undefined) {
    throw new InzwaError(
      'INZWA_CONFIG_INVALID',
      `there is no bench "${what}". Known: ${Object.keys(BENCHES).join(', ')}.`,
    );
  }
  const bench = await load();
  return bench.run(rest);
}
