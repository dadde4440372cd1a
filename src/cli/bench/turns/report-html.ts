/** The report for people: one HTML file with the figures, and the worst events to look at and to listen to. */
import { encodeWav } from '#pipeline/audio/wav.ts';
import { escapeMarkup } from '../../demo/svg.ts';
import { judge } from '../figures.ts';
import { renderClip } from './report-timeline.ts';
import type { EventKind } from './score-event.ts';
import type { TurnFigure } from './score-figures.ts';
import { figureCells } from './report-table.ts';
import type { EventClip } from './worst-events.ts';

export interface HtmlReport {
  readonly title: string;
  /** Where, when, with what: one paragraph each. */
  readonly context: readonly string[];
  readonly figures: readonly TurnFigure[];
  /** Sentences under the table. */
  readonly notes: readonly string[];
  readonly clips: readonly EventClip[];
}

const KINDS: Readonly<Record<EventKind, string>> = {
  response: 'an answer',
  yield: 'yielding',
  incursion: 'speaking over the caller',
  selectivity: 'a sound that is not for the agent',
  pause: 'a pause inside an utterance',
  recovery: 'going on after a halt',
  'self-interruption': 'its own echo',
  'first-word': 'a first word',
  'stale-answer': 'a stale answer',
  endless: 'a caller who never stops',
  silence: 'silence',
};

/** Self-contained: nothing is loaded from anywhere; whatever was said is escaped. */
export function renderHtml({ title, context, figures, notes, clips }: HtmlReport): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
<main>
<h1>${escapeMarkup(title)}</h1>
${context.map((sentence) => `<p class="context">${escapeMarkup(sentence)}</p>`).join('\n')}
<h2>Figures</h2>
${renderTable(figures)}
${notes.map((sentence) => `<p>${escapeMarkup(sentence)}</p>`).join('\n')}
<h2>The worst events</h2>
${clips.length === 0 ? '<p>None: nothing went wrong, and nothing was slow.</p>' : ''}
${clips.map(renderEvent).join('\n')}
</main>
<script>${SCRIPT}</script>
</html>
`;
}

function renderTable(figures: readonly TurnFigure[]): string {
  const rows = figures.map((figure) => {
    const { label, reach, measured, interval, n, mark, elsewhere } = figureCells(figure);
    const cells = [
      `<th scope="row">${escapeMarkup(label)}</th>`,
      `<td>${escapeMarkup(reach)}</td>`,
      `<td class="number">${escapeMarkup(measured)}</td>`,
      `<td class="number">${escapeMarkup(interval)}</td>`,
      `<td class="number">${escapeMarkup(n)}</td>`,
      `<td>${escapeMarkup(mark)}</td>`,
      `<td>${escapeMarkup(elsewhere)}</td>`,
    ];
    return `<tr class="${judge(figure)}">${cells.join('')}</tr>`;
  });
  const titles = ['figure', 'reach', 'measured', '95 %', 'n', '', 'best published elsewhere'];
  const head = titles.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>\n${rows.join('\n')}\n</tbody></table></div>`;
}

function renderEvent(clip: EventClip, index: number): string {
  const { event, echo } = clip;
  const where = [
    `call ${event.callId}`,
    `line ${event.line}`,
    ...(event.class === undefined ? [] : [event.class]),
    ...(echo === undefined ? [] : [`echo ${echo.db} dB after ${echo.delayMs} ms`]),
    `at ${(event.fromMs / 1_000).toFixed(2)} s`,
  ].join(' · ');
  const heading = `${index + 1}. ${KINDS[event.kind]}: ${event.verdict}`;
  const wav = encodeWav({ sampleRateHz: clip.sampleRateHz, channels: [clip.caller, clip.heard] });
  return `<section class="event">
<h3><span class="${event.isRight ? 'right' : 'wrong'}">${event.isRight ? 'slow' : 'wrong'}</span> ${escapeMarkup(heading)}</h3>
<p class="context">${escapeMarkup(where)}</p>
<div class="wide">${renderClip(clip, heading)}</div>
<audio controls preload="metadata" aria-label="caller left, agent right" src="data:audio/wav;base64,${Buffer.from(wav).toString('base64')}"></audio>
</section>`;
}

const STYLE = `
:root { --ink: #1c1c1e; --paper: #ffffff; --faint: #6b6b70; --grid: #e6e6ea; --caller: #1f5fa8; --agent: #b4540a;
  --act: #1f5fa81c; --talk: #b4540a1c; --right: #13734a; --wrong: #b3261e; --rule: #d4d4d8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8ea; --paper: #17181b; --faint: #a0a0a8; --grid: #2c2d33; --caller: #7db4f0; --agent: #f0a35e;
    --act: #7db4f026; --talk: #f0a35e26; --right: #5fcf9b; --wrong: #ff8a80; --rule: #3a3b42; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
.context { color: var(--faint); margin: .15rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; font-weight: normal; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
thead th { color: var(--faint); }
.number { text-align: right; } td:last-child { white-space: normal; min-width: 14rem; padding-right: 0; }
tr.reached td:nth-child(6), .right { color: var(--right); } tr.missed td:nth-child(6), .wrong { color: var(--wrong); }
.event { border-top: 1px solid var(--rule); margin-top: 1.4rem; padding-top: 1rem; }
svg { display: block; width: 100%; min-width: 46rem; height: auto; font-size: 11px; }
svg text { fill: currentColor; } svg .faint { fill: var(--faint); font-size: 10px; }
svg .caller { color: var(--caller); } svg .agent { color: var(--agent); } svg .name, svg .it { font-weight: 600; }
svg .grid { stroke: var(--grid); } svg .mark { stroke: var(--faint); stroke-opacity: .5; }
svg rect.talk { fill: var(--talk); } svg rect.act { fill: var(--act); } svg rect.act.it { stroke: var(--caller); }
svg rect.pause { fill: var(--paper); fill-opacity: .75; }
svg .verdict { fill: none; stroke-width: 1.6; } svg .verdict text { stroke: none; font-weight: 600; }
svg .verdict.right { color: var(--right); stroke: var(--right); } svg .verdict.wrong { color: var(--wrong); stroke: var(--wrong); }
svg .decided { stroke-width: 1; stroke-dasharray: 3 3; }
svg .head { stroke: var(--ink); stroke-width: 1; visibility: hidden; }
audio { width: 100%; height: 2.4rem; margin-top: .4rem; }
`;

/** Moves a line over the picture while its sound is played. */
const SCRIPT = `
for (const event of document.querySelectorAll('.event')) {
  const [audio, svg] = [event.querySelector('audio'), event.querySelector('svg')];
  const head = svg.querySelector('.head');
  const [left, right] = [Number(svg.dataset.left), Number(svg.dataset.right)];
  const draw = () => {
    const part = audio.duration > 0 ? audio.currentTime / audio.duration : 0;
    const x = svg.viewBox.baseVal.width * (left + (right - left) * part);
    head.setAttribute('x1', x);
    head.setAttribute('x2', x);
    head.style.visibility = 'visible';
    if (!audio.paused && !audio.ended) requestAnimationFrame(draw);
  };
  audio.addEventListener('play', draw);
  audio.addEventListener('seeked', draw);
}
`;
