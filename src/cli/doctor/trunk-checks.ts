/** Would calls come in from the carrier and go out to it? */
import { accessSync, constants } from 'node:fs';
import { entryOf, sectionsOf, sectionsOfType, type ConfFile, type ConfSection, type Place } from './conf-file.ts';
import type { AsteriskControl } from './control.ts';
import { fault, skipped, well, type Finding } from './finding.ts';
import { checkRegistrations } from './registration-checks.ts';

const FILE = 'pjsip.conf';
const RELOAD = "then: asterisk -rx 'module reload res_pjsip.so'";

/** `endpoint` is the trunk's name in pjsip.conf. */
export async function checkTrunk(control: AsteriskControl, endpoint: string): Promise<readonly Finding[]> {
  const conf = control.conf(FILE);
  const includes = conf?.missingIncludes.map((at) =>
    fault(
      'trunk',
      'an #include names a file that is not there: Asterisk then reads nothing of pjsip.conf',
      'correct it.',
      at,
    ),
  );
  if (includes && includes.length > 0) return includes;
  const section = sectionsOf(conf, endpoint, 'endpoint')[0];
  // What stands above the line of = explains the columns, in words that look like values.
  const [, shown = ''] = (await control.answer(`pjsip show endpoint ${endpoint}`)).split(/^=+$/m);
  const settings = new Map(
    [...shown.matchAll(/^ (\w+) +: (.*)$/gm)].map(([, key, value]) => [key ?? '', value?.trim() ?? '']),
  );
  if (settings.size === 0) return [missingEndpoint(control, endpoint, section)];
  const trunk: Trunk = { control, endpoint, conf, section, shown, settings };
  return [
    codecs(trunk),
    cutLines(trunk),
    mediaPath(trunk),
    await context(trunk),
    recognition(trunk),
    await transport(trunk),
    ...(await encryption(trunk)),
    contact(trunk),
    ...(await checkRegistrations(control, conf, endpoint)),
  ];
}

interface Trunk {
  readonly control: AsteriskControl;
  readonly endpoint: string;
  readonly conf: ConfFile | undefined;
  readonly section: ConfSection | undefined;
  /** What `pjsip show endpoint` printed, and its table of settings. */
  readonly shown: string;
  readonly settings: ReadonlyMap<string, string>;
}

function missingEndpoint(control: AsteriskControl, endpoint: string, section: ConfSection | undefined): Finding {
  const file = control.pathOf(FILE);
  return section === undefined
    ? fault(
        'trunk',
        `there is no endpoint "${endpoint}"`,
        'write it: npm run inzwa -- asterisk config --out DIR, or name yours with --endpoint.',
        { file },
      )
    : fault(
        'trunk',
        `"${endpoint}" is in the file but Asterisk has not got it`,
        `look for it in Asterisk’s log, ${RELOAD}`,
        section.at,
      );
}

function at({ control, section }: Trunk, key: string): Place {
  return entryOf(section, key)?.at ?? section?.at ?? { file: control.pathOf(FILE) };
}

function codecs(trunk: Trunk): Finding {
  const allowed = (trunk.settings.get('allow') ?? '').replace(/[()]/g, '').split('|').filter(Boolean);
  const shown = allowed.join(', ') || 'none';
  if (allowed[0] === 'alaw') return well('codecs', shown);
  const what = allowed.includes('alaw')
    ? `A-law is not the first of ${shown}: the carrier may have to convert`
    : `A-law is missing among ${shown}: carriers outside North America and Japan offer little else`;
  return fault('codecs', what, `write disallow=all and then allow=alaw,ulaw, ${RELOAD}`, at(trunk, 'allow'));
}

function cutLines(trunk: Trunk): Finding {
  const seconds = Number(trunk.settings.get('rtp_timeout') ?? 0);
  return seconds > 0
    ? well('cut lines', `noticed after ${seconds} s without audio`)
    : fault(
        'cut lines',
        'a line that is cut without a BYE is never noticed, and its call never ends',
        `write rtp_timeout=60, ${RELOAD}`,
        at(trunk, 'rtp_timeout'),
      );
}

function mediaPath(trunk: Trunk): Finding {
  return trunk.settings.get('direct_media') === 'false'
    ? well('media path', 'audio goes through Asterisk')
    : fault(
        'media path',
        'audio may be sent past Asterisk',
        `write direct_media=no, ${RELOAD}`,
        at(trunk, 'direct_media'),
      );
}

async function context(trunk: Trunk): Promise<Finding> {
  const name = trunk.settings.get('context') ?? '';
  const shown = await trunk.control.answer(`dialplan show ${name}`);
  if (!/^\s+'.+' =>/m.test(shown)) {
    const dialplan = trunk.control.conf('extensions.conf');
    const section = sectionsOf(dialplan, name)[0];
    return section === undefined
      ? fault(
          'dialplan',
          `calls of the trunk go to the context "${name}", and there is none`,
          "write it into extensions.conf or correct context, then: asterisk -rx 'dialplan reload'",
          at(trunk, 'context'),
        )
      : fault(
          'dialplan',
          `the context "${name}" has no extension that Asterisk knows`,
          "mend it, then: asterisk -rx 'dialplan reload'",
          section.at,
        );
  }
  const whole = await trunk.control.answer('dialplan show');
  return /WebSocket\//.test(whole)
    ? well('dialplan', `"${name}" is there, and the dialplan dials the agent`)
    : fault(
        'dialplan',
        'nothing in the dialplan dials the agent (WebSocket/inzwa/…)',
        'take extensions.conf from telephony/asterisk/conf.',
        { file: trunk.control.pathOf('extensions.conf') },
      );
}

/** How an INVITE of the carrier is known to be the carrier's. */
function recognition(trunk: Trunk): Finding {
  const matches = [...trunk.shown.matchAll(/^\s+Match:\s+(\S+)/gm)].map(([, criteria]) => criteria ?? '');
  const line = sectionsOfType(trunk.conf, 'registration').some(
    (section) =>
      entryOf(section, 'endpoint')?.value === trunk.endpoint &&
      /^(?:yes|true|on|1)$/i.test(entryOf(section, 'line')?.value ?? 'no'),
  );
  if (line || matches.length > 0) {
    return well('calls in', `known by ${[...(line ? ['our registration'] : []), ...matches].join(', ')}`);
  }
  return fault(
    'calls in',
    'no call of the carrier is recognised: there is neither an identify nor a registration with line=yes',
    `add type=identify, endpoint=${trunk.endpoint}, match=ADDRESS, ${RELOAD}`,
    trunk.section?.at ?? { file: trunk.control.pathOf(FILE) },
  );
}

async function transport(trunk: Trunk): Promise<Finding> {
  const name = trunk.settings.get('transport') ?? '';
  if (name === '') return skipped('transport', 'Asterisk chooses it for each call');
  const shown = await trunk.control.answer('pjsip show transports');
  const row = [...shown.matchAll(/^Transport:\s+(\S+)\s+(\w+)\s+\S+\s+\S+\s+(\S+)/gm)].find(([, id]) => id === name);
  if (row) return well('transport', `${row[2] ?? ''} on ${row[3] ?? ''}`);
  const section = sectionsOf(trunk.conf, name, 'transport')[0];
  const restart = 'then restart Asterisk: a reload ignores transports.';
  if (section === undefined) {
    return fault('transport', `there is no transport "${name}"`, `write it, ${restart}`, at(trunk, 'transport'));
  }
  const unreadable = ['ca_list_file', 'cert_file', 'priv_key_file']
    .map((key) => entryOf(section, key))
    .find((entry) => entry !== undefined && !isReadable(entry.value));
  return unreadable === undefined
    ? fault('transport', `Asterisk has not got "${name}"`, `look for it in Asterisk’s log, ${restart}`, section.at)
    : fault(
        'transport',
        `${unreadable.key} of "${name}" cannot be read`,
        `correct the path, ${restart}`,
        unreadable.at,
      );
}

/** As this user, who is root or Asterisk's own. */
function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

async function encryption(trunk: Trunk): Promise<readonly Finding[]> {
  if (trunk.settings.get('media_encryption') !== 'sdes') return [];
  const shown = await trunk.control.answer('module show like res_srtp');
  return [
    / Running /.test(shown) && !/Not Running/.test(shown)
      ? well('encryption', 'audio is encrypted (SRTP)')
      : fault(
          'encryption',
          'res_srtp does not run: every call fails',
          "add load=res_srtp, then: asterisk -rx 'module load res_srtp'",
          {
            file: trunk.control.pathOf('modules.conf'),
          },
        ),
  ];
}

function contact(trunk: Trunk): Finding {
  const [, , state] = /^\s+Contact:\s+(\S+)\s+\S+\s+(\S+)/m.exec(trunk.shown) ?? [];
  const name = (trunk.settings.get('aors') ?? '').split(',')[0] ?? '';
  const aor = sectionsOf(trunk.conf, name, 'aor')[0];
  const where = entryOf(aor, 'contact')?.at ?? aor?.at ?? { file: trunk.control.pathOf(FILE) };
  switch (state) {
    case undefined:
      return fault('calls out', 'there is no address to call', `write contact=sip:HOST into the aor, ${RELOAD}`, where);
    case 'Unavail':
      return fault(
        'calls out',
        'the carrier does not answer OPTIONS, so Asterisk does not call it',
        `correct contact, or write qualify_frequency=0 if this carrier never answers them, ${RELOAD}`,
        where,
      );
    case 'Avail':
      return well('calls out', 'the carrier answers OPTIONS');
    default:
      return skipped('calls out', 'the carrier has not been asked by OPTIONS yet');
  }
}
