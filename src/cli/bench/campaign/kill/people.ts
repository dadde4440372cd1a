/** The people of a kill test: by number, what each does when called, and what each says; the same in every run. */
import type { Callee } from '#telephony/phone/carrier/callee.ts';
import { seededRandom } from '#telephony/phone/random.ts';
import { madeUpNumber } from '../write-campaign.ts';

/** What somebody makes of the interview. */
export type Temper = 'completes' | 'opts-out' | 'refuses' | 'breaks-off' | 'is-a-machine';

function indexOf(to: string): number {
  return Number(to) - Number(madeUpNumber(0));
}

/** Every tenth has said no before the campaign begins. */
export function hasSaidNo(to: string): boolean {
  return indexOf(to) % 10 === 5;
}

/** `nth`: how many times they have been called before. */
export function temperOf(to: string, nth: number): Temper {
  const kind = indexOf(to) % 20;
  if (kind === 1) return 'opts-out';
  if (kind === 2) return 'refuses';
  if (kind === 3 && nth === 0) return 'breaks-off';
  if (kind === 4 && nth === 0) return 'is-a-machine';
  return 'completes';
}

/** A third of the first calls reaches nobody, a tenth of the later ones. */
export function calleeOf(to: string, nth: number): Callee {
  const dice = seededRandom(((indexOf(to) + 1) * 7_919 + nth * 104_729) | 0);
  dice();
  const fate = dice();
  const ringMs = 500 + dice() * 2_500;
  const setupMs = 200 + dice() * 800;
  if (nth === 0 && fate < 0.01) return { does: 'cannot-be-reached', sipStatus: 404, ringMs, setupMs };
  if (fate < (nth === 0 ? 0.12 : 0.05)) return { does: 'is-busy', ringMs, setupMs };
  if (fate < (nth === 0 ? 0.27 : 0.1)) return { does: 'answers', ringMs: 60_000, setupMs };
  if (nth === 0 && fate < 0.32) return { does: 'cannot-be-reached', ringMs, setupMs };
  return { does: 'answers', ringMs, setupMs };
}
