/** sipp, a caller that shares no line of code with ours: fetched and unpacked as Asterisk is, and never installed. */
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock as clock } from '#kernel/clock.ts';
import { runCommand } from '#models/sources/command.ts';
import { asteriskFolder, ensureUnpacked, type WantedPackages } from '#src/cli/asterisk/unpack.ts';
import { aLaw } from '#telephony/codec/g711.ts';

interface Sipp {
  /** Its loader, because the C library of its packages is newer than the machine's. */
  readonly command: string;
  readonly leadingArgs: readonly string[];
}

const SIPP: WantedPackages<Sipp> = {
  names: ['sip-tester'],
  async installIn(root) {
    const libraries = join(root, 'usr', 'lib');
    const program = join(root, 'usr', 'bin', 'sipp');
    for (const triplet of await readdir(libraries).catch(() => [])) {
      const folder = join(libraries, triplet);
      const loader = (await readdir(folder).catch(() => [])).find((name) => /^ld-linux.*\.so\.\d+$/.test(name));
      if (loader === undefined) continue;
      await access(program);
      return { command: join(folder, loader), leadingArgs: ['--library-path', folder, program] };
    }
    return undefined;
  },
};

export interface SippOptions {
  readonly target: { readonly address: string; readonly port: number };
  readonly number: string;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** From the answer to the BYE, while `pcm` is said. */
  readonly callMs: number;
  /** PCM16 at 8 kHz, sent as A-law. */
  readonly pcm: Int16Array;
  /** For its files; the caller's. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface SippResult {
  readonly exitCode: number;
  readonly successful: number;
  readonly failed: number;
  /** What it wrote on its errors, for whoever reads a failed test. */
  readonly said: string;
}

export async function runSipp(options: SippOptions): Promise<SippResult> {
  const { target, folder, signal, pcm } = options;
  const { command, leadingArgs } = await ensureUnpacked(SIPP, {
    clock,
    signal,
    folder: join(asteriskFolder(), 'sip-tester'),
  });
  const bytes = new Uint8Array(pcm.length);
  aLaw.encodeInto(bytes, pcm);
  await writeFile(join(folder, 'voice.alaw'), bytes);
  await writeFile(join(folder, 'caller.xml'), scenario(options.callMs));
  const args = [
    ...['-sf', 'caller.xml', '-s', options.number, '-i', '127.0.0.1', '-mi', '127.0.0.1', '-nostdin'],
    ...['-m', options.calls, '-r', options.callsPerSecond, '-rp', 1_000, '-l', options.calls],
    ...['-trace_stat', '-stf', 'statistics.csv', '-fd', 1, '-trace_err', '-error_file', 'errors.log'],
    ...['-timeout', 90, '-timeout_error'],
    `${target.address}:${target.port}`,
  ].map(String);
  const { code, stderr, stdout } = await runCommand(command, [...leadingArgs, ...args], {
    signal,
    cwd: folder,
  });
  const [names = [], last = []] = await statistics(join(folder, 'statistics.csv'));
  const value = (name: string): number => Number(last[names.indexOf(name)] ?? Number.NaN);
  const errors = await readFile(join(folder, 'errors.log'), 'utf8').catch(() => '');
  return {
    exitCode: code,
    successful: value('SuccessfulCall(C)'),
    failed: value('FailedCall(C)'),
    said: [stderr, stdout.slice(-1_000), errors.slice(0, 2_000)].join('\n'),
  };
}

async function statistics(path: string): Promise<readonly (readonly string[])[]> {
  const rows = (await readFile(path, 'utf8').catch(() => '')).trim().split('\n');
  return [rows[0] ?? '', rows.at(-1) ?? ''].map((row) => row.split(';'));
}

/** INVITE, answer, speech, BYE; a call that the other side ends first has failed. */
function scenario(callMs: number): string {
  return `<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="a short call">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0770000001@[local_ip]:[local_port]>;tag=[pid]tag[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:0770000001@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rtd="true"/>
  <send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0770000001@[local_ip]:[local_port]>;tag=[pid]tag[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0
]]></send>
  <nop><action><exec rtp_stream="voice.alaw,1,8,PCMA/8000"/></action></nop>
  <pause milliseconds="${callMs}"/>
  <send retrans="500"><![CDATA[
BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:0770000001@[local_ip]:[local_port]>;tag=[pid]tag[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0
]]></send>
  <recv response="200"/>
</scenario>
`;
}
