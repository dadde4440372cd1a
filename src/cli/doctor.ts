/** `inzwa doctor asterisk`: what stands between this machine's Asterisk and an answered call, and which line to mend. */
import { parseArgs } from 'node:util';
import { systemClock } from '#kernel/clock.ts';
import { InzwaError, isInzwaError } from '#kernel/errors.ts';
import { examine } from './doctor/examine.ts';
import type { Finding, Verdict } from './doctor/finding.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createTerminal, type Style, type Terminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- doctor asterisk [options]

Looks at the Asterisk of this machine and at its way to the agent, and names the file and the line of every fault.
Run it where Asterisk runs, as root or as the user asterisk. With INZWA_ASTERISK_USER and INZWA_ASTERISK_PASSWORD it
compares them with Asterisk's, with INZWA_ARI_URL, INZWA_ARI_USER and INZWA_ARI_PASSWORD it tries ARI too.

  --control FILE     asterisk.conf of the instance (default: /etc/asterisk/asterisk.conf)
  --command PROGRAM  the asterisk to ask with, and what its arguments begin with, separated by spaces
  --endpoint NAME    the trunk in pjsip.conf (default: INZWA_TRUNK_ENDPOINT, else carrier)
  --json             every finding as JSON

Ends with 0 when all is well, with 1 otherwise.`;

const SIGNS: Readonly<Record<Verdict, readonly [string, Style]>> = {
  well: ['✓', 'green'],
  fault: ['✗', 'red'],
  skipped: ['–', 'dim'],
};

/** 130 and 143 after a signal, as a shell expects. */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h' },
      control: { type: 'string' },
      command: { type: 'string' },
      endpoint: { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (positionals.length !== 1 || positionals[0] !== 'asterisk') {
    throw new InzwaError('INZWA_CONFIG_INVALID', `what is to be examined? Known: doctor asterisk.\n\n${HELP}`);
  }
  const [program = 'asterisk', ...leading] = values.command?.split(/\s+/).filter(Boolean) ?? [];
  using interrupt = listenForInterrupt();
  try {
    const findings = await examine({
      command: [program, ...leading],
      ...(values.control !== undefined && { control: values.control }),
      endpoint: endpointName(values.endpoint ?? process.env['INZWA_TRUNK_ENDPOINT']),
      env: process.env,
      clock: systemClock,
      signal: interrupt.signal,
    });
    const isWell = findings.every(({ verdict }) => verdict !== 'fault');
    if (values.json) process.stdout.write(`${JSON.stringify({ isWell, findings }, undefined, 2)}\n`);
    else report(findings, createTerminal());
    return isWell ? 0 : 1;
  } catch (error) {
    if (isInzwaError(error, 'INZWA_CANCELLED')) return interrupt.exitCode ?? 130;
    throw error;
  }
}

/** It goes into a console command, which would read a space as the end of it. */
function endpointName(given: string | undefined): string {
  const name = given === undefined || given === '' ? 'carrier' : given;
  if (/^[A-Za-z0-9_.-]{1,60}$/.test(name)) return name;
  throw new InzwaError('INZWA_CONFIG_INVALID', 'the endpoint must be the name of a section in pjsip.conf.');
}

function report(findings: readonly Finding[], terminal: Terminal): void {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 2;
  for (const { check, verdict, what, where, mend } of findings) {
    const [sign, style] = SIGNS[verdict];
    const text = `${check.padEnd(width)}${what}`;
    terminal.line(`${terminal.style(style, sign)} ${verdict === 'skipped' ? terminal.style('dim', text) : text}`);
    const indent = ' '.repeat(width + 2);
    const place = where && `${where.file}${where.line === undefined ? '' : `:${where.line}`}`;
    if (place !== undefined) terminal.line(`${indent}${terminal.style('cyan', place)}`);
    if (mend !== undefined) terminal.line(`${indent}${mend}`);
  }
  const faults = findings.filter(({ verdict }) => verdict === 'fault').length;
  terminal.line();
  terminal.line(
    faults === 0
      ? terminal.style('green', 'All is well.')
      : terminal.style('red', `${faults} ${faults === 1 ? 'thing is' : 'things are'} to be mended.`),
  );
}
