/** The two ways in which the demo can telephone the service: over Twilio's wire, or over SIP through a real Asterisk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#kernel/clock.ts';
import type { PhoneCall } from '#telephony/phone/phone-call.ts';
import { renderWhole } from '#pipeline/speech/telephone-rendering.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { placeCall } from '#telephony/phone/twilio-phone.ts';
import { AsteriskRig, HOTLINE_NUMBER as SIP_HOTLINE } from '../asterisk/rig.ts';
import { writeSounds } from '../asterisk/sounds.ts';
import { ensureAsterisk } from '../asterisk/unpack.ts';
import { reportUnpacking } from '../asterisk/unpack-report.ts';
import type { Terminal } from '../terminal.ts';
import { ChildService } from './child-service.ts';
import type { Stage } from './stage.ts';

/** A service that runs and can be called; disposing ends both. */
export interface DemoLine extends AsyncDisposable {
  readonly service: ChildService;
  /** As the terminal names it. */
  readonly address: string;
  /** Places the call; rejects with INZWA_PHONE_REFUSED when it is not taken. */
  call(): Promise<PhoneCall>;
}

export interface LineOptions {
  /** As INZWA_HOTLINE: which hotline the service answers for. */
  readonly hotline: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Numbers that belong to nobody: both are in the example hotline's country, in a range that is not given out. */
export const CALLER_NUMBER = '+263770000001';
export const HOTLINE_NUMBER = '+263770000002';

/** The service alone, with the telephone at Twilio's end of the socket. */
export async function twilioLine({ hotline, clock, signal }: LineOptions): Promise<DemoLine> {
  const service = await ChildService.start({ clock, signal, env: { INZWA_HOTLINE: hotline } });
  return {
    service,
    address: service.address.voiceUrl,
    call: () => placeCall({ ...service.address, from: CALLER_NUMBER, to: HOTLINE_NUMBER, clock, signal }),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Service, Asterisk with the shipped configuration, and a SIP telephone. The first time, Asterisk is fetched and unpacked. */
export async function asteriskLine(
  stage: Stage,
  terminal: Terminal,
  { hotline, clock, signal }: LineOptions,
): Promise<DemoLine> {
  const install = await ensureAsterisk({ clock, signal, onProgress: reportUnpacking(terminal) });
  await using parts = new AsyncDisposableStack();
  const sounds = await mkdtemp(join(tmpdir(), 'inzwa-sounds-'));
  parts.defer(() => rm(sounds, { recursive: true, force: true }));
  const { language } = stage.hotline.pack;
  {
    await using voice = await VitsEngine.create(stage.vits);
    await writeSounds(sounds, stage.hotline, (text) => renderWhole(voice, language.speakable(text), { signal }));
  }
  const rig = parts.use(
    await AsteriskRig.start({
      install,
      clock,
      signal,
      env: { INZWA_HOTLINE: hotline },
      asterisk: { dialplan: { SOUNDS: sounds } },
    }),
  );
  const { address, port } = rig.asterisk.sip;
  terminal.line(`Asterisk ${install.version} runs with telephony/asterisk/conf.`);
  const owned = parts.move();
  return {
    service: rig.service(),
    address: `sip:${SIP_HOTLINE}@${address}:${port}`,
    call: () => rig.call(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
