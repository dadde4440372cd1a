/** The catalogue as a table; in a narrow terminal the summary goes to a line of its own. */
import type { ListedModel } from '#models/catalogue.ts';
import { size, type Terminal } from './terminal.ts';

export function modelTable(models: readonly ListedModel[], terminal: Pick<Terminal, 'style' | 'columns'>): string[] {
  const idWidth = Math.max(...models.map((model) => model.id.length));
  return models.flatMap((model) => {
    const state = model.isHere ? terminal.style('green', '✓ here   ') : terminal.style('dim', '· not here');
    const profiles = model.profiles.length > 0 ? `profile ${model.profiles.join(', ')}` : 'in no profile';
    const head = [
      terminal.style('bold', model.id.padEnd(idWidth)),
      model.task.padEnd(4),
      model.language.padEnd(5),
      `${model.isUnverified ? '~' : ' '}${size(model.bytes)}`.padStart(9),
      model.isHere ? `${state} ` : state,
      profiles,
    ].join('  ');
    const lines = [head, terminal.style('dim', `    ${model.summary}`), terminal.style('dim', `    ${model.licence}`)];
    if (model.isUnverified && !model.isHere) {
      lines.push(
        terminal.style('yellow', '    never verified by the project: its hash is pinned when it is first pulled'),
      );
    }
    return lines;
  });
}
