import { findCause } from '../../report/causes.ts';
import type { ProxyAnswer, ProxyInspection } from '../../report/proxy-inspection.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { painter } from '../paint.ts';
import { alignedLines, errorLines, type InspectView, paragraph } from './layout.ts';

const GOOD = new Set<ProxyInspection['verdict']>(['ANSWERS']);

const KIND_WORDS = {
  manifest: 'a manifest',
  page: 'an HTML page, no registry',
  refusal: 'refused',
  other: 'no manifest',
} as const satisfies Record<ProxyAnswer['kind'], string>;

/** What the dependency proxy does with an image, for people; with the commands that go around it. */
export function* proxyInspectionTable(inspection: ProxyInspection, view: InspectView): Generator<string> {
  const { proxy, answer, platformAnswer, upstream, pull, causes, errors, verdict, says } = inspection;
  const paint = painter(view.color);
  const separator = proxy.reference.includes(':') ? '@' : ':';
  yield `${paint('bold', escapeTerminal(`${proxy.url}/${proxy.repository}${separator}${proxy.reference}`))}\n`;
  const rows: string[][] = [];
  if (answer !== null) rows.push(['dependency proxy', ...answerCells(answer)]);
  if (platformAnswer !== null) rows.push(['one platform by digest', ...answerCells(platformAnswer)]);
  if (upstream !== null) {
    const { status, mediaType, digest, message } = upstream;
    const words = digest ?? message ?? '-';
    rows.push([
      'upstream',
      `HTTP ${status}`,
      escapeTerminal(mediaType ?? '-', 80),
      escapeTerminal(words, 200),
    ]);
  }
  yield* alignedLines(rows);
  yield* errorLines(errors, view);
  if (pull.length > 0) {
    yield `\n${paint('bold', 'Pull a platform by its own digest')}\n`;
    yield* alignedLines(
      pull.map(({ platform, command }) => [
        escapeTerminal(platform ?? 'no platform', 40),
        escapeTerminal(command),
      ]),
    );
  }
  const color = GOOD.has(verdict) ? 'green' : verdict === 'INCOMPLETE' ? 'yellow' : 'red';
  yield `\n${paint(color, verdict)}${causes.length > 0 ? `  ${causes.join(', ')}` : ''}\n`;
  yield paragraph(says, view, '');
  for (const code of causes) {
    const step = findCause(code)?.nextStep;
    if (step !== undefined) yield paragraph(`Next step: ${step}`, view, '');
  }
}

function answerCells({ kind, status, digest, message, contentType }: ProxyAnswer): string[] {
  const words = kind === 'page' ? `"${message ?? ''}"` : (digest ?? message ?? contentType ?? '-');
  return [`HTTP ${status}`, KIND_WORDS[kind], escapeTerminal(words, 200)];
}
