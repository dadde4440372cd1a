/** `inzwa asterisk`: the shipped configuration filled in for this trunk and this agent, and the sentences it plays. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InzwaError, messageOf } from '#kernel/errors.ts';
import { renderWhole } from '#pipeline/speech/telephone-rendering.ts';
import { VitsEngine } from '#pipeline/speech/vits-engine.ts';
import { readConfig } from '../config.ts';
import { writeSounds } from './asterisk/sounds.ts';
import { settingsOf, writeConfiguration, type ConfigurationRequest } from './asterisk/write-configuration.ts';
import { openStage } from './demo/stage.ts';
import { listenForInterrupt } from './interrupt.ts';
import { createTerminal } from './terminal.ts';

const HELP = `Usage: npm run inzwa -- asterisk config --out DIR [options]

Writes Asterisk's configuration for a trunk and this agent, ready for /etc/asterisk, and lists what is left to fill in.

  --out DIR              where to write; files that are there already are kept unless --force is given
  --trunk KIND           registration (default), ip or tls-srtp
  --agent URI            the agent as Asterisk reaches it (ws://127.0.0.1:8080/asterisk/media)
  --second-agent URI     a second server (default: the same)
  --agent-ca FILE        the authority of the agent's certificate, for wss:// (default: the system's)
  --carrier HOST         the carrier's host, with :PORT where it is not SIP's own
  --carrier-addresses A  addresses that calls come from, separated by commas (default: the host)
  --sip-bind ADDR:PORT   where SIP listens (0.0.0.0:5060)
  --public-address ADDR  our address as the carrier sees it, and --local-net NET, when a NAT stands between
  --rtp FIRST-LAST       UDP ports for audio (10000-20000)
  --sounds DIR           where apology and hold are (/var/lib/inzwa/sounds)
  --audiosocket HOST:PORT  over AudioSocket, for an Asterisk without chan_websocket (INZWA_AUDIOSOCKET_PORT)
  --force                overwrite

       npm run inzwa -- asterisk sounds --out DIR

Renders what Asterisk says while the agent cannot (apology, please wait) with the hotline's own words and voice; DIR is the
--sounds of the configuration.

Users and passwords are taken from the environment only, and never shown: INZWA_ASTERISK_USER, INZWA_ASTERISK_PASSWORD,
INZWA_ARI_USER, INZWA_ARI_PASSWORD as the agent has them; CARRIER_USER and CARRIER_PASSWORD as the carrier gave them.`;

export async function run(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args;
  switch (what) {
    case 'config':
      return config(rest);
    case 'sounds':
      return sounds(rest);
    case undefined:
    case '--help':
    case '-h':
      process.stdout.write(`${HELP}\n`);
      return what === undefined ? 2 : 0;
    default:
      throw new InzwaError(
        'INZWA_CONFIG_INVALID',
        `there is no "asterisk ${what}". Known: asterisk config, asterisk sounds.`,
      );
  }
}

async function config(args: readonly string[]): Promise<number> {
  const values = parsed(args);
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (values.out === undefined || values.out === '')
    throw new InzwaError('INZWA_CONFIG_INVALID', '--out DIR is missing.');
  if (values.out === '-' || values.out.startsWith('/dev/')) {
    throw new InzwaError('INZWA_CONFIG_INVALID', 'passwords are in the files, so they are not printed: name a folder.');
  }
  const folder = resolve(values.out);
  const settings = settingsOf({
    trunk: trunkKind(values.trunk),
    agentUri: values.agent,
    secondAgentUri: values['second-agent'],
    caFile: values['agent-ca'],
    carrier: values.carrier,
    carrierAddresses: values['carrier-addresses'],
    sipBind: values['sip-bind'],
    publicAddress: values['public-address'],
    localNet: values['local-net'],
    rtp: values.rtp,
    sounds: values.sounds,
    audioSocket: values.audiosocket,
    env: process.env,
  });
  const { files, left } = await writeConfiguration(folder, settings, { isForced: values.force ?? false });
  const terminal = createTerminal();
  terminal.line(`${files.length} files written to ${folder}.`);
  if (left.length > 0) {
    terminal.line();
    terminal.line('Left to fill in:');
    for (const { file, line, what } of left) terminal.line(`  ${file}:${line}  ${terminal.style('bold', what)}`);
  }
  terminal.line();
  terminal.line('Then, as root, with the old files kept aside:');
  terminal.line(`  install -o root -g asterisk -m 640 ${folder}/*.conf /etc/asterisk/ && systemctl restart asterisk`);
  terminal.line('  npm run inzwa -- doctor asterisk');
  return 0;
}

/** The command's own files: models are pulled when they are missing. */
async function sounds(args: readonly string[]): Promise<number> {
  const { out, help } = parsed(args);
  if (help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  if (out === undefined || out === '') throw new InzwaError('INZWA_CONFIG_INVALID', '--out DIR is missing.');
  using interrupt = listenForInterrupt();
  const { signal } = interrupt;
  const stage = await openStage(readConfig(process.env), signal);
  const { language } = stage.hotline.pack;
  await using voice = await VitsEngine.create(stage.vits);
  const folder = resolve(out);
  const written = await writeSounds(folder, stage.hotline, (text) =>
    renderWhole(voice, language.speakable(text), { signal }),
  );
  createTerminal().line(`${written.length} files written to ${folder}: ${written.join(', ')}`);
  return 0;
}

type Values = ReturnType<typeof parsed>;

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        out: { type: 'string' },
        trunk: { type: 'string' },
        agent: { type: 'string' },
        'second-agent': { type: 'string' },
        'agent-ca': { type: 'string' },
        carrier: { type: 'string' },
        'carrier-addresses': { type: 'string' },
        'sip-bind': { type: 'string' },
        'public-address': { type: 'string' },
        'local-net': { type: 'string' },
        rtp: { type: 'string' },
        sounds: { type: 'string' },
        audiosocket: { type: 'string' },
        force: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new InzwaError('INZWA_CONFIG_INVALID', messageOf(error));
  }
}

function trunkKind(given: Values['trunk']): ConfigurationRequest['trunk'] {
  switch (given) {
    case undefined:
      return 'registration';
    case 'registration':
    case 'ip':
    case 'tls-srtp':
      return given;
    default:
      throw new InzwaError('INZWA_CONFIG_INVALID', `--trunk ${given} is not known: registration, ip or tls-srtp.`);
  }
}
