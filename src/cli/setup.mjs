// Makes a fresh clone ready and hands over to the project's own Node. Plain JavaScript with nothing but Node 20's own
// modules: it runs before anything is installed. Every npm script goes through here; see package.json.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MIN_NODE = 20;
const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const IS_WINDOWS = process.platform === 'win32';

/** Ends the process with a sentence that says what to do. */
function stop(sentence) {
  console.error(`inzwa: ${sentence}`);
  process.exit(1);
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The project's own Node, a dependency like any other, or undefined before it is installed. */
function ownNode() {
  const candidates = IS_WINDOWS ? ['node/bin/node.exe'] : ['node/bin/node', '.bin/node'];
  return candidates.map((path) => join(PROJECT, 'node_modules', path)).find(existsSync);
}

/**
 * True when node_modules is what package-lock.json says. npm writes its own record at the end of an install, so this
 * also notices an install that was interrupted and one from before the lock file changed.
 */
function isInstalled() {
  const wanted = readJson(join(PROJECT, 'package-lock.json'))?.packages;
  const installed = readJson(join(PROJECT, 'node_modules', '.package-lock.json'))?.packages;
  if (wanted === undefined) stop('package-lock.json is missing or damaged: restore it with git.');
  if (installed === undefined || ownNode() === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || entry.devOptional) return true;
    return installed[path]?.version === entry.version;
  });
}

/** The npm that runs us, or the one on the PATH. */
function npmCommand() {
  const script = process.env['npm_execpath'];
  if (script !== undefined && script.endsWith('.js')) return { command: process.execPath, args: [script] };
  return { command: 'npm', args: [] };
}

/** Two commands on one fresh clone must not install at the same time; the second waits and then finds everything done. */
async function withInstallLock(run) {
  const key = createHash('sha256').update(PROJECT).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `inzwa-install-${key}.lock`);
  for (let hasSaid = false; ;) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') return run(); // no lock can be had here; installing without one is better than not at all
    }
    const holder = Number(existsSync(path) ? readFileSync(path, 'utf8') : 0);
    if (holder > 0 && !isRunning(holder)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!hasSaid) console.log('inzwa: another command is installing packages here; waiting for it.');
    hasSaid = true;
    await sleep(500);
  }
  try {
    return await run();
  } finally {
    rmSync(path, { force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  const isFirst = !existsSync(join(PROJECT, 'node_modules'));
  console.log(
    `inzwa: ${isFirst ? 'installing packages' : 'bringing packages up to date'} (npm install), a minute or two …`,
  );
  const npm = npmCommand();
  // The developer's tools come along: leaving them out saved 5 of 87 seconds and 100 of 780 MB (measured).
  // Not `npm ci`: it refuses a lock file that lacks another platform's optional packages, which npm itself leaves out when
  // they were not published yet. With --no-save the lock file is followed and not written.
  // Warnings about packages that want a newer Node than the machine's do not concern anybody: they run on the project's own.
  const args = [...npm.args, 'install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  args.push('--include=optional', '--include=dev');
  const code = await run(npm.command, args, { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' });
  if (code === undefined)
    stop('npm was not found. Install Node.js with npm (20 or newer) and run the same command again.');
  if (code >= 128) process.exit(code);
  if (code !== 0) {
    stop(
      'the packages could not be installed (npm says why above). Check the connection, then run the same command again.',
    );
  }
  if (ownNode() === undefined) {
    stop(
      'npm did not install the project’s own Node. If "ignore-scripts" is set in your npm configuration, run: npm install --ignore-scripts=false',
    );
  }
}

/** Resolves to the exit code, 128 + n after a signal, or undefined when there is no such program. */
function run(command, args, env) {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: PROJECT, stdio: 'inherit', env, shell: IS_WINDOWS && command === 'npm' });
    const forward = (signal) => {
      // Ctrl-C in a terminal reaches the child by itself; sending it twice would look like an impatient second one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    child.on('error', (error) => done(error.code === 'ENOENT' ? undefined : 126));
    child.on('close', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      done(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

async function main() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < MIN_NODE) stop(`Node.js ${MIN_NODE} or newer is needed, this is ${process.versions.node}.`);
  const args = process.argv.slice(2);
  const flags = [];
  while (args[0]?.startsWith('--') && args[0] !== '--help') flags.push(args.shift());
  if (!isInstalled()) {
    await withInstallLock(async () => {
      if (!isInstalled()) await install();
    });
  }
  const node = ownNode();
  const check = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (check.status !== 0) {
    stop(
      `the project’s own Node (${node}) does not start on this machine: ${check.error?.message ?? check.stderr.trim()}`,
    );
  }
  const watch = flags.includes('--watch') ? ['--watch'] : [];
  const script = join(PROJECT, 'src', 'cli', 'inzwa.ts');
  process.exitCode = await run(node, [...watch, script, ...args], process.env);
}

await main();
