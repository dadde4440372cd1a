/** Has Asterisk registered with the carrier? */
import { entryOf, sectionsOf, sectionsOfType, type ConfFile } from './conf-file.ts';
import type { AsteriskControl } from './control.ts';
import { fault, skipped, well, type Finding } from './finding.ts';

const RELOAD = "then: asterisk -rx 'module reload res_pjsip_outbound_registration.so'";

/** One finding for each registration of the endpoint that pjsip.conf has, and for every other that Asterisk knows. */
export async function checkRegistrations(
  control: AsteriskControl,
  conf: ConfFile | undefined,
  endpoint: string,
): Promise<readonly Finding[]> {
  const shown = await control.answer('pjsip show registrations');
  const rows = [...shown.matchAll(/^ +(\S+?)\/(?:sip\S+)\s+\S*\s+(Registered|Unregistered|Rejected|Stopped)\b/gm)];
  const lost = sectionsOfType(conf, 'registration')
    .filter((section) => entryOf(section, 'endpoint')?.value === endpoint)
    .filter((section) => !rows.some(([, name]) => name === section.name))
    .map((section) => {
      const what = `"${section.name}" is in the file but Asterisk has not got it`;
      return fault('registration', what, `look for it in Asterisk’s log, ${RELOAD}`, section.at);
    });
  if (rows.length + lost.length === 0) {
    return [skipped('registration', 'none is configured: the carrier knows us by address')];
  }
  return [...lost, ...rows.map(([, name = '', state = '']) => registration(name, state, conf, control))];
}

function registration(name: string, state: string, conf: ConfFile | undefined, control: AsteriskControl): Finding {
  const section = sectionsOf(conf, name, 'registration')[0];
  const auth = sectionsOf(conf, entryOf(section, 'outbound_auth')?.value ?? '', 'auth')[0];
  const file = { file: control.pathOf('pjsip.conf') };
  if (state === 'Registered') return well('registration', `"${name}" is registered`);
  if (state === 'Rejected') {
    const where = entryOf(auth, 'password')?.at ?? section?.at ?? file;
    const what = `"${name}": the carrier refuses user or password`;
    return fault('registration', what, `correct username and password, ${RELOAD}`, where);
  }
  const where = entryOf(section, 'server_uri')?.at ?? section?.at ?? file;
  const what = `"${name}" is not registered: the carrier does not answer (in the first 10 s it may only be early)`;
  return fault(
    'registration',
    what,
    `correct server_uri, or open the way to the carrier in the firewall, ${RELOAD}`,
    where,
  );
}
