/** The Asterisk that is examined: its console, and the folder that it is configured in. */
import { dirname, join } from 'node:path';
import { runCommand, type CommandResult } from '#models/sources/command.ts';
import { readConf, type ConfFile } from './conf-file.ts';

export interface ControlOptions {
  /** The program and what its arguments begin with. */
  readonly command: readonly [string, ...string[]];
  /** asterisk.conf of the instance. @defaultValue /etc/asterisk/asterisk.conf */
  readonly control?: string;
  readonly signal: AbortSignal;
}

const PACKAGED_CONF = '/etc/asterisk/asterisk.conf';
const COMMAND_TIMEOUT_MS = 10_000;

/** Asks the running Asterisk; every answer may fail, because it may not run. */
export class AsteriskControl {
  readonly #options: ControlOptions;
  /** astetcdir as asterisk.conf says, else the folder asterisk.conf is in. */
  readonly etcDir: string;

  constructor(options: ControlOptions) {
    this.#options = options;
    const conf = options.control ?? PACKAGED_CONF;
    const directories = readConf(dirname(conf), conf.slice(dirname(conf).length + 1))?.sections ?? [];
    const entry = directories
      .filter(({ name }) => name === 'directories')
      .flatMap(({ entries }) => entries)
      .findLast(({ key }) => key === 'astetcdir');
    this.etcDir = entry?.value ?? dirname(conf);
  }

  /** What one console command prints, with its exit code; 127: there is no such program. */
  async ask(text: string): Promise<CommandResult> {
    const { command, control, signal } = this.#options;
    const [program, ...leading] = command;
    const own = control === undefined ? [] : ['-C', control];
    return runCommand(program, [...leading, ...own, '-rx', text], {
      signal: AbortSignal.any([signal, AbortSignal.timeout(COMMAND_TIMEOUT_MS)]),
    });
  }

  /** The same, the empty text when it could not be asked. */
  async answer(text: string): Promise<string> {
    const { code, stdout } = await this.ask(text);
    return code === 0 ? stdout : '';
  }

  /** Undefined when the file is not there or may not be read. */
  conf(name: string): ConfFile | undefined {
    return readConf(this.etcDir, name);
  }

  pathOf(name: string): string {
    return join(this.etcDir, name);
  }
}
