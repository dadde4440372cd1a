/** The Debian mirror that this machine already uses, so that nobody has to name one. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One place that Debian packages come from, as the machine's own apt has it. */
export interface AptMirror {
  readonly uri: string;
  /** A keyring file, or the key itself; undefined where apt's trusted keys sign it. */
  readonly signedBy?: string;
  readonly isTrusted?: boolean;
}

/** Debian's own redirector, for a machine whose sources name no Debian mirror. */
export const PUBLIC_MIRROR: AptMirror = {
  uri: 'http://deb.debian.org/debian',
  signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
};

/** A release, not one of the suites beside it (-security, -updates, -backports) that hold only some packages. */
const RELEASE = /^(?:oldstable|stable|testing|unstable|sid|[a-z]+)$/;
/** Schemes that apt-get fetches without help from the machine's own files. */
const FETCHABLE = /^https?:\/\/\S+$/;

/** Mirrors of whole Debian releases, in the order apt reads them; empty when there is none. */
export async function hostMirrors(folder = '/etc/apt'): Promise<readonly AptMirror[]> {
  const parts = join(folder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort().map((name) => join(parts, name));
  const found: AptMirror[] = [];
  for (const path of [join(folder, 'sources.list'), ...names]) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (path.endsWith('.sources')) found.push(...parseDeb822(text));
    else if (path.endsWith('.list')) found.push(...parseOneLine(text));
  }
  const unique = new Map(found.map((mirror) => [mirror.uri, mirror]));
  return [...unique.values()];
}

/** deb822-style stanzas (sources.list(5)): fields may go on in lines that begin with a space, comments begin with #. */
export function parseDeb822(text: string): readonly AptMirror[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((stanza) => {
      const fields = new Map<string, string>();
      let last = '';
      for (const line of stanza.split('\n')) {
        const match = /^([A-Za-z][A-Za-z-]*):\s*(.*)$/.exec(line);
        if (match) {
          last = (match[1] ?? '').toLowerCase();
          fields.set(last, match[2] ?? '');
        } else if (/^\s/.test(line) && last !== '') {
          fields.set(last, `${fields.get(last) ?? ''}\n${line}`);
        }
      }
      const words = (name: string): string[] => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
      const isOn = !['no', 'false', '0'].includes((fields.get('enabled') ?? 'yes').trim().toLowerCase());
      if (!isOn || !words('types').includes('deb')) return [];
      const signedBy = fields.get('signed-by')?.trimEnd();
      return words('uris').flatMap((uri) =>
        mirror(uri, words('suites'), words('components'), signedBy, isYes(fields.get('trusted'))),
      );
    });
}

/** `deb [options] uri suite component…`, one entry a line. */
export function parseOneLine(text: string): readonly AptMirror[] {
  return text.split('\n').flatMap((line) => {
    const match = /^deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+([^#]*)/.exec(line.trim());
    if (!match) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const option = (name: string): string | undefined => new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(options)?.[1];
    return mirror(uri, [suite], components.split(/\s+/), option('signed-by'), isYes(option('trusted')));
  });
}

function mirror(
  uri: string,
  suites: readonly string[],
  components: readonly string[],
  signedBy: string | undefined,
  isTrusted: boolean,
): readonly AptMirror[] {
  const isDebian = /debian/i.test(uri) && !/security/i.test(uri);
  if (!FETCHABLE.test(uri) || !isDebian || !components.includes('main')) return [];
  if (!suites.some((suite) => RELEASE.test(suite))) return [];
  return [{ uri, ...(signedBy === undefined ? {} : { signedBy }), ...(isTrusted ? { isTrusted } : {}) }];
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && ['yes', 'true', '1'].includes(value.trim().toLowerCase());
}
