/**
 * Everything a call over SIP needs, on this machine: a telephone in software, a private Asterisk with the shipped
 * configuration, and the service, or two of them, as processes of their own. For the demo, the benchmark and the tests.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Clock } from '#kernel/clock.ts';
import type { CallEvent } from '#pipeline/events.ts';
import { SipPhone } from '#telephony/phone/sip/sip-phone.ts';
import type { DialOptions } from '#telephony/phone/sip/outgoing-call.ts';
import type { SipPhoneCall } from '#telephony/phone/sip/sip-phone-call.ts';
import { ChildService, freePort } from '../demo/child-service.ts';
import { freePorts } from './free-ports.ts';
import type { AsteriskInstall } from './install.ts';
import { startPrivateAsterisk, type PrivateAsterisk, type PrivateAsteriskOptions } from './private-asterisk.ts';

/** As a local carrier writes them; they belong to nobody. */
export const CALLER_NUMBER = '0770000001';
export const HOTLINE_NUMBER = '0770000002';

export const STUB_SERVICE = fileURLToPath(new URL('../bench/stub/stub-service.ts', import.meta.url));

export interface RigOptions {
  readonly install: AsteriskInstall;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** True: engines that cost nothing. @defaultValue the real ones */
  readonly isStub?: boolean;
  /** How many of the two servers that the dialplan knows are running at first. @defaultValue 1 */
  readonly servers?: 0 | 1 | 2;
  /** False: the service does not know of ARI. @defaultValue true */
  readonly hasAri?: boolean;
  /** Further settings of the service. */
  readonly env?: Readonly<Record<string, string>>;
  readonly asterisk?: Pick<PrivateAsteriskOptions, 'dialplan' | 'trunk' | 'files'>;
}

type Place = 'first' | 'second';

export class AsteriskRig implements AsyncDisposable {
  readonly asterisk: PrivateAsterisk;
  readonly phone: SipPhone;
  readonly #options: RigOptions;
  readonly #ports: Readonly<Record<Place, number>>;
  readonly #env: Readonly<Record<string, string>>;
  readonly #services = new Map<Place, ChildService>();
  readonly #listeners = new Set<(event: CallEvent) => void>();

  private constructor(
    options: RigOptions,
    parts: Pick<AsteriskRig, 'asterisk' | 'phone'>,
    ports: Readonly<Record<Place, number>>,
    env: Readonly<Record<string, string>>,
  ) {
    this.#options = options;
    this.asterisk = parts.asterisk;
    this.phone = parts.phone;
    this.#ports = ports;
    this.#env = env;
  }

  /** Rejects as its parts do, with nothing left running. */
  static async start(options: RigOptions): Promise<AsteriskRig> {
    const { clock, signal, install, servers = 1 } = options;
    const ports = { first: await freePort(), second: await freePort() };
    const password = randomBytes(12).toString('hex');
    const ariPassword = randomBytes(12).toString('hex');
    const agent = (port: number) => ({ uri: `ws://127.0.0.1:${port}/asterisk/media`, user: 'asterisk', password });
    const asteriskPorts = await freePorts();
    await using parts = new AsyncDisposableStack();
    const asterisk = parts.use(
      await startPrivateAsterisk({
        install,
        clock,
        signal,
        ports: asteriskPorts,
        agent: agent(ports.first),
        secondAgent: agent(ports.second),
        ariPassword,
        ...options.asterisk,
      }),
    );
    const phone = parts.use(await SipPhone.open({ clock, signal }));
    const env = {
      INZWA_ASTERISK_USER: 'asterisk',
      INZWA_ASTERISK_PASSWORD: password,
      ...(options.hasAri !== false && {
        INZWA_ARI_URL: `http://127.0.0.1:${asteriskPorts.http}`,
        INZWA_ARI_USER: 'inzwa',
        INZWA_ARI_PASSWORD: ariPassword,
      }),
      ...options.env,
    };
    const rig = new AsteriskRig(options, { asterisk, phone }, ports, env);
    parts.defer(() => rig.#stopServices());
    const places: readonly Place[] = (['first', 'second'] as const).slice(0, servers);
    // All of them have come to their end before a failure is told, so that none is left behind.
    const started = await Promise.allSettled(places.map((place) => rig.startService(place)));
    for (const start of started) if (start.status === 'rejected') throw start.reason;
    parts.move();
    return rig;
  }

  /** What Asterisk shows the service: the value of an Authorization header. */
  get authorization(): string {
    const { INZWA_ASTERISK_USER: user, INZWA_ASTERISK_PASSWORD: password } = this.#env;
    return `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}`;
  }

  /** Starts (again) the service of that place, on the port that Asterisk knows. */
  async startService(place: Place = 'first'): Promise<ChildService> {
    const { clock, signal, isStub } = this.#options;
    const service = await ChildService.start({
      clock,
      signal,
      port: this.#ports[place],
      env: this.#env,
      ...(isStub && { command: [STUB_SERVICE, '--events-fd', '3'] }),
      onEvent: (event) => {
        for (const listener of this.#listeners) listener(event);
      },
    });
    this.#services.set(place, service);
    return service;
  }

  /** Throws when none was started there. */
  service(place: Place = 'first'): ChildService {
    const service = this.#services.get(place);
    if (!service) throw new Error(`no service runs in the ${place} place`);
    return service;
  }

  /** Ends the process as a power cut does; resolves when it is gone. */
  async kill(place: Place = 'first'): Promise<void> {
    const service = this.service(place);
    this.#services.delete(place);
    process.kill(service.pid, 'SIGKILL');
    await service.died.catch(() => undefined);
  }

  /** Every call event of every service, in the order of arrival; the returned function ends it. */
  onEvent(listener: (event: CallEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Calls the hotline; rejects with INZWA_PHONE_REFUSED when the call is not answered. */
  call(over: Partial<DialOptions> = {}): Promise<SipPhoneCall> {
    const { address, port } = this.asterisk.sip;
    return this.phone.call({
      target: { host: address, port, user: HOTLINE_NUMBER },
      from: CALLER_NUMBER,
      signal: this.#options.signal,
      ...over,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.phone[Symbol.asyncDispose]();
    await this.#stopServices();
    await this.asterisk[Symbol.asyncDispose]();
  }

  async #stopServices(): Promise<void> {
    const services = [...this.#services.values()];
    this.#services.clear();
    await Promise.all(services.map((service) => service[Symbol.asyncDispose]()));
  }
}
