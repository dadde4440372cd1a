/** `inzwa check`: all that a change must pass, cheapest first; stops at the first step that fails. */
import { createTerminal } from './terminal.ts';
import { runTool } from './tools.ts';

interface Step {
  readonly name: string;
  readonly run: () => Promise<number>;
}

const STEPS: readonly Step[] = [
  { name: 'format', run: () => runTool('prettier', ['--check', '--log-level', 'warn', '.']) },
  { name: 'lint', run: () => runTool('eslint', ['.', '--max-warnings', '0']) },
  { name: 'types', run: () => runTool('typescript', [], { bin: 'tsc' }) },
  { name: 'fast tests', run: () => runTool('vitest', ['run', '--project', 'fast']) },
  { name: 'unused code', run: () => runTool('knip', []) },
];

export async function run(): Promise<number> {
  const terminal = createTerminal();
  for (const step of STEPS) {
    terminal.line(`${terminal.style('bold', 'check')} ${step.name}`);
    const code = await step.run();
    if (code !== 0) {
      terminal.line(`${terminal.style('red', '✗')} ${step.name} (exit code ${code})`);
      return code;
    }
  }
  terminal.line(`${terminal.style('green', '✓')} ${STEPS.map((step) => step.name).join(', ')}`);
  return 0;
}
