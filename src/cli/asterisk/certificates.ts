/** Certificates for a test or a demo on one machine: an authority of a moment, and what it has signed. */
import { join } from 'node:path';
import { InzwaError } from '#kernel/errors.ts';
import { runCommand } from '#models/sources/command.ts';

/** PEM files below one folder; the keys are not protected by a password. */
export interface CertificateFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/**
 * An authority (`ca.pem`), made anew unless the folder has one, and a certificate of it for each name. The name is the
 * CN and a DNS name even when it is an address, because Asterisk looks at no IP address in a certificate (measured, 22.10).
 * Throws INZWA_ASTERISK_INSTALL when there is no openssl.
 */
export async function makeCertificates(
  folder: string,
  names: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, CertificateFiles>> {
  const caFile = join(folder, 'ca.pem');
  const caKeyFile = join(folder, 'ca.key');
  await openssl(
    [...selfSigned(caKeyFile, caFile, 'Inzwa tests'), '-addext', 'basicConstraints=critical,CA:TRUE'],
    signal,
  );
  const made = new Map<string, CertificateFiles>();
  for (const [index, name] of names.entries()) {
    const files = { caFile, certFile: join(folder, `${index}.pem`), keyFile: join(folder, `${index}.key`) };
    const alternatives = `subjectAltName=DNS:${name}`;
    await openssl(
      [...selfSigned(files.keyFile, files.certFile, name), '-addext', alternatives, '-CA', caFile, '-CAkey', caKeyFile],
      signal,
    );
    made.set(name, files);
  }
  return made;
}

function selfSigned(keyFile: string, certFile: string, name: string): readonly string[] {
  const output = ['-keyout', keyFile, '-out', certFile];
  return ['req', '-x509', '-newkey', 'rsa:2048', '-noenc', '-days', '2', '-subj', `/CN=${name}`, ...output];
}

async function openssl(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { code, stderr } = await runCommand('openssl', args, { signal });
  if (code === 0) return;
  throw new InzwaError(
    'INZWA_ASTERISK_INSTALL',
    code === 127
      ? 'openssl was not found, and a certificate for SIP over TLS is made with it: install the package openssl (3.0 or newer).'
      : `openssl could not make a certificate: ${stderr.trim().split('\n').at(-1) ?? ''}`,
  );
}
