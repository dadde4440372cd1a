/** Turns what pip and npm print into one of our errors; their exit codes do not tell a missing package from a missing network. */
import { InzwaError } from '#kernel/errors.ts';
import type { CommandResult } from './command.ts';

/** Words of pip (urllib3) and npm (undici, node) for "the registry did not answer". */
const NETWORK_SIGNS =
  /NewConnectionError|Max retries exceeded|Temporary failure in name resolution|Name or service not known|ConnectTimeout|Read timed out|Connection (?:refused|reset|aborted|broken)|Network is unreachable|ProxyError|SSLError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network/i;
const DISK_SIGNS = /No space left on device|ENOSPC|Disk quota exceeded/i;

/** The error for an exit code other than 0. Addresses are left out of the sentence: a private index may carry a password in them. */
export function packageManagerError(tool: 'pip' | 'npm', wanted: string, result: CommandResult): InzwaError {
  if (result.code === 127) {
    return new InzwaError(
      'INZWA_MODEL_TOOL',
      `${tool} was not found, and ${wanted} is needed from it. Install ${tool} and run the same command again.`,
    );
  }
  const said = `${result.stderr}\n${result.stdout}`;
  if (DISK_SIGNS.test(said)) {
    return new InzwaError(
      'INZWA_MODEL_DISK',
      `the disk is full: ${tool} could not store ${wanted}. Free some room, or set INZWA_MODELS_DIR to a folder on a larger disk.`,
    );
  }
  const details = { tool, wanted, exitCode: result.code };
  if (NETWORK_SIGNS.test(said)) {
    return new InzwaError('INZWA_MODEL_NETWORK', `${tool} could not reach its registry for ${wanted}`, {
      retryable: true,
      details,
    });
  }
  return new InzwaError('INZWA_MODEL_SOURCE', `${tool} could not fetch ${wanted}: ${lastWords(said)}`, { details });
}

function lastWords(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const line =
    lines.findLast((candidate) => /^(?:ERROR|npm (?:ERR!|error))/.test(candidate)) ?? lines.findLast(Boolean) ?? '';
  return line.replace(/[a-z+]+:\/\/\S+/gi, '<address>').slice(0, 300);
}
