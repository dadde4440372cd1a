/** Does Asterisk run, is it new enough, and has it loaded what a call needs? */
import type { ConfFile } from './conf-file.ts';
import type { AsteriskControl } from './control.ts';
import { fault, skipped, well, type Finding } from './finding.ts';

/** The first versions whose chan_websocket speaks JSON (their own documentation); 21 never got it. */
const FIRST_WITH_JSON: Readonly<Record<number, number>> = { 20: 18, 22: 8, 23: 2 };
const NEWEST_LISTED = Math.max(...Object.keys(FIRST_WITH_JSON).map(Number));

const NEEDED: Readonly<Record<string, string>> = {
  chan_websocket: 'the agent cannot be called',
  res_websocket_client: 'the agent cannot be called',
  res_http_websocket: 'the agent cannot be called',
  chan_pjsip: 'there is no SIP',
  res_pjsip_session: 'there is no SIP',
  res_pjsip_sdp_rtp: 'SIP calls have no audio',
  res_pjsip_endpoint_identifier_ip: 'the carrier’s calls are not recognised',
  res_rtp_asterisk: 'SIP calls have no audio',
  codec_alaw: 'A-law cannot be converted',
  codec_ulaw: 'mu-law cannot be converted',
  pbx_config: 'extensions.conf is not read',
  app_dial: 'the dialplan cannot call the agent',
  func_uri: 'the dialplan cannot tell the agent the caller’s number',
};
const NEEDED_FOR_ARI: Readonly<Record<string, string>> = {
  res_ari: 'there are no calls out and no transfers',
  res_ari_channels: 'there are no calls out and no transfers',
  res_ari_bridges: 'there are no transfers',
  app_stasis: 'there are no calls out and no transfers',
};

/** Empty `what` of the first finding means nothing: ask its verdict. The version is undefined when nobody answers. */
export async function checkProgram(control: AsteriskControl): Promise<readonly Finding[]> {
  const { code, stdout, stderr } = await control.ask('core show version');
  if (code === 127) {
    return [
      fault('Asterisk', 'there is no program `asterisk`', 'install Asterisk 22.8 or newer, or name it with --command.'),
    ];
  }
  if (code !== 0) {
    const isRefused = /Permission denied|not permitted/i.test(stderr);
    return [
      isRefused
        ? fault('Asterisk', 'its control socket may not be opened', 'run this as root or as the user asterisk.')
        : fault(
            'Asterisk',
            'it does not answer',
            'start it (systemctl start asterisk), or name its asterisk.conf with --control.',
          ),
    ];
  }
  const version = /^Asterisk (?:certified\/)?(\d+)\.(\d+)(\S*)/m.exec(stdout);
  if (!version) return [well('Asterisk', 'it answers'), skipped('version', 'it does not say which version it is')];
  const [, major = '', minor = '', rest = ''] = version;
  const name = `${major}.${minor}${/^[.\d]*/.exec(rest)?.[0] ?? ''}`;
  return [well('Asterisk', 'it answers'), versionFinding(Number(major), Number(minor), name)];
}

function versionFinding(major: number, minor: number, name: string): Finding {
  const first = FIRST_WITH_JSON[major];
  const isEnough = first === undefined ? major > NEWEST_LISTED : minor >= first;
  return isEnough
    ? well('version', name)
    : fault(
        'version',
        `${name} cannot speak JSON with the agent`,
        'install 20.18, 22.8, 23.2 or newer; an older one works through AudioSocket only.',
      );
}

/** One finding for all that runs, and one for each module that does not. */
export async function checkModules(control: AsteriskControl, isAriUsed: boolean): Promise<readonly Finding[]> {
  const shown = await control.answer('module show');
  const running = new Set([...shown.matchAll(/^(\w+)\.so\s.*\s\d+\s+Running\s/gm)].map(([, name]) => name ?? ''));
  const needed = { ...NEEDED, ...(isAriUsed && NEEDED_FOR_ARI) };
  const conf = control.conf('modules.conf');
  const missing = Object.entries(needed).filter(([name]) => !running.has(name));
  if (missing.length === 0) return [well('modules', `all ${Object.keys(needed).length} that a call needs run`)];
  return missing.map(([name, consequence]) => missingModule(name, consequence, conf, control));
}

function missingModule(
  name: string,
  consequence: string,
  conf: ConfFile | undefined,
  control: AsteriskControl,
): Finding {
  const what = `${name} does not run: ${consequence}`;
  const file = control.pathOf('modules.conf');
  const entries = conf?.sections.filter((section) => section.name === 'modules').flatMap((section) => section.entries);
  const about = entries?.filter(({ value }) => value.replace(/\.so$/, '') === name) ?? [];
  const barred = about.find(({ key }) => key === 'noload');
  if (barred) return fault('modules', what, 'take this line away and restart Asterisk.', barred.at);
  const loaded = about.find(({ key }) => ['load', 'preload', 'require'].includes(key));
  if (loaded) {
    const mend = `it was told to load: look for ${name} in Asterisk’s log, and whether its package is installed.`;
    return fault('modules', what, mend, loaded.at);
  }
  const autoload = entries?.findLast(({ key }) => key === 'autoload');
  return autoload?.value === 'no'
    ? fault('modules', what, `add load=${name}, then: asterisk -rx 'module load ${name}'`, autoload.at)
    : fault('modules', what, `install the package that has it, then: asterisk -rx 'module load ${name}'`, { file });
}
