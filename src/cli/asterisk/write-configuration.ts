/** Asterisk's configuration as files for an operator: out of options and the environment, with a list of what is left to do. */
import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { renderConfiguration, type AsteriskSettings, type TrunkSettings } from '#telephony/asterisk/configuration.ts';

/** What cannot be guessed, as it stands in a file until somebody fills it in. */
const FILL_IN = 'FILL_IN';

export interface ConfigurationRequest {
  readonly trunk: TrunkSettings['kind'];
  readonly agentUri?: string | undefined;
  readonly secondAgentUri?: string | undefined;
  readonly caFile?: string | undefined;
  readonly carrier?: string | undefined;
  readonly carrierAddresses?: string | undefined;
  readonly sipBind?: string | undefined;
  readonly publicAddress?: string | undefined;
  readonly localNet?: string | undefined;
  readonly rtp?: string | undefined;
  readonly sounds?: string | undefined;
  /** `host:port` of INZWA_AUDIOSOCKET_PORT: calls go there instead of over chan_websocket. */
  readonly audioSocket?: string | undefined;
  /** Users and passwords come from here and only from here: an option could be read by everybody on the machine. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A place in a written file that still says FILL_IN. */
export interface LeftToFill {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

export interface WrittenConfiguration {
  readonly files: readonly string[];
  readonly left: readonly LeftToFill[];
}

/** Throws INZWA_ASTERISK_CONFIG for a setting that cannot be used. */
export function settingsOf(request: ConfigurationRequest): AsteriskSettings {
  const { env, caFile, secondAgentUri, publicAddress, localNet, sipBind, sounds } = request;
  const given = (name: string, placeholder: string): string => {
    const value = env[name];
    return value === undefined || value === '' ? `${FILL_IN}_${placeholder}` : value;
  };
  const credentials = {
    user: given('INZWA_ASTERISK_USER', 'INZWA_ASTERISK_USER'),
    password: given('INZWA_ASTERISK_PASSWORD', 'INZWA_ASTERISK_PASSWORD'),
    ...(caFile !== undefined && { caFile }),
  };
  const trunkEndpoint = env['INZWA_TRUNK_ENDPOINT'] ?? '';
  return {
    agent: { uri: request.agentUri ?? 'ws://127.0.0.1:8080/asterisk/media', ...credentials },
    ...(secondAgentUri !== undefined && { secondAgent: { uri: secondAgentUri, ...credentials } }),
    trunk: trunkOf(request, given),
    sip: {
      ...(sipBind !== undefined && { udpBind: sipBind }),
      ...(publicAddress !== undefined && { publicAddress }),
      ...(localNet !== undefined && { localNet }),
    },
    ...(request.rtp !== undefined && { rtp: portsOf(request.rtp) }),
    ari: {
      user: given('INZWA_ARI_USER', 'INZWA_ARI_USER'),
      password: given('INZWA_ARI_PASSWORD', 'INZWA_ARI_PASSWORD'),
    },
    dialplan: {
      ...(sounds !== undefined && { SOUNDS: resolve(sounds) }),
      ...(request.audioSocket !== undefined && {
        INBOUND: 'inzwa-audiosocket',
        AUDIOSOCKET_ADDRESS: request.audioSocket,
      }),
      ...(trunkEndpoint !== '' && { TRUNK_ENDPOINT: trunkEndpoint }),
    },
  };
}

function trunkOf(request: ConfigurationRequest, given: (name: string, placeholder: string) => string): TrunkSettings {
  const common = {
    host: request.carrier ?? given('CARRIER_HOST', 'CARRIER_HOST'),
    ...(request.carrierAddresses !== undefined && { address: request.carrierAddresses }),
  };
  if (request.trunk === 'ip') return { kind: 'ip', ...common };
  const account = {
    ...common,
    user: given('CARRIER_USER', 'CARRIER_USER'),
    password: given('CARRIER_PASSWORD', 'CARRIER_PASSWORD'),
  };
  if (request.trunk === 'registration') return { kind: 'registration', ...account };
  return {
    kind: 'tls-srtp',
    ...account,
    caFile: '/etc/ssl/certs/ca-certificates.crt',
    certFile: `/etc/asterisk/keys/${FILL_IN}_OUR_CERTIFICATE.pem`,
    keyFile: `/etc/asterisk/keys/${FILL_IN}_OUR_KEY.pem`,
  };
}

function portsOf(range: string): { readonly firstPort: number; readonly lastPort: number } {
  const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(range) ?? [];
  const [firstPort, lastPort] = [Number(first), Number(last)];
  if (firstPort >= 1_024 && lastPort > firstPort && lastPort <= 65_535) return { firstPort, lastPort };
  throw new InzwaError('INZWA_ASTERISK_CONFIG', 'the ports for audio must be a range like 10000-20000.');
}

/**
 * Writes every file, or none: throws INZWA_ASTERISK_CONFIG when one is there already and `isForced` is false. Readable
 * by owner and group, because passwords are in them.
 */
export async function writeConfiguration(
  folder: string,
  settings: AsteriskSettings,
  { isForced }: { readonly isForced: boolean },
): Promise<WrittenConfiguration> {
  const rendered = renderConfiguration(settings);
  if (!isForced) {
    const there = await existing(folder, [...rendered.keys()]);
    if (there.length > 0) {
      throw new InzwaError(
        'INZWA_ASTERISK_CONFIG',
        `${there.join(', ')} in ${folder} would be overwritten, and nothing was written: name another folder, or give --force.`,
        { details: { files: there } },
      );
    }
  }
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of rendered) {
      const path = join(folder, name);
      // Before there is a password in it; a file that is overwritten would keep the mode it has.
      await writeFile(path, '', { mode: 0o640 });
      await chmod(path, 0o640);
      await writeFile(path, text);
    }
  } catch (error) {
    throw new InzwaError(
      'INZWA_ASTERISK_CONFIG',
      `${folder} cannot be written (${messageOf(error)}): name a folder of yours.`,
      { cause: error },
    );
  }
  return { files: [...rendered.keys()], left: leftToFill(rendered) };
}

async function existing(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of names) {
    const isThere = await access(join(folder, name)).then(
      () => true,
      () => false,
    );
    if (isThere) found.push(name);
  }
  return found;
}

function leftToFill(rendered: ReadonlyMap<string, string>): readonly LeftToFill[] {
  return [...rendered].flatMap(([file, text]) =>
    text.split('\n').flatMap((line, index) => {
      if (line.trimStart().startsWith(';')) return [];
      const words = new Set([...line.matchAll(/FILL_IN_([A-Z_]+)/g)].map(([, what]) => what ?? ''));
      return [...words].map((what) => ({ file, line: index + 1, what }));
    }),
  );
}
