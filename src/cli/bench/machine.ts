/** Where and with what something was measured: a figure without this is an anecdote. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type as osType } from 'node:os';

export interface Machine {
  readonly cpu: string;
  /** Logical processors this process may use, which a container can set below what the machine has. */
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
  /** Version of each engine package as installed. */
  readonly packages: Readonly<Record<string, string>>;
  /** Model ids with their versions or hashes, as the catalogue names them. */
  readonly models: readonly string[];
}

const ENGINE_PACKAGES = ['onnxruntime-node', 'node-llama-cpp', 'fastify', 'ws'];

/** Reads the machine; `models` come from whoever opened them. */
export function describeMachine(models: readonly string[] = []): Machine {
  return {
    cpu: cpuModel(),
    cores: availableParallelism(),
    memoryGb: Math.round((totalmem() / 1024 ** 3) * 10) / 10,
    os: `${osType()} ${release()}`,
    node: process.versions.node,
    packages: Object.fromEntries(ENGINE_PACKAGES.map((name) => [name, installedVersion(name)])),
    models: [...models],
  };
}

/** One line for the terminal. */
export function summarizeMachine(machine: Machine): string {
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  return `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB · Node ${machine.node} · ${packages.join(' · ')}`;
}

function cpuModel(): string {
  const model = cpus()[0]?.model.trim().replaceAll(/\s+/gu, ' ');
  return model === undefined || model === '' || model === 'unknown' ? `unnamed ${process.arch} processor` : model;
}

/** 'not installed' rather than an error: an optional engine may be absent. */
function installedVersion(name: string): string {
  try {
    const manifest: unknown = JSON.parse(
      readFileSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
    );
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  } catch {
    return 'not installed';
  }
  return 'unknown';
}
