import Table from 'cli-table3';
import type { Plan, PlanAction } from '../report/plan.ts';
import type { FixReport } from '../report/report.ts';
import { escapeTerminal } from './escape-terminal.ts';
import { plural } from './plural.ts';
import { shortDigest } from './tag-words.ts';

/** Lines without a frame; cli-table3 colours its own heads and borders unless its style is emptied. */
const BARE = {
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  chars: Object.fromEntries(
    [
      'top',
      'top-mid',
      'top-left',
      'top-right',
      'bottom',
      'bottom-mid',
      'bottom-left',
      'bottom-right',
      'left',
      'left-mid',
      'mid',
      'mid-mid',
      'right',
      'right-mid',
      'middle',
    ].map((name) => [name, '']),
  ),
};

/** A reconcile plan for people: an action a line, and the counts. */
export function* planTable(plan: Plan): Generator<string> {
  const all = plan.repositories.flatMap(({ actions }) => actions);
  yield `plan for ${escapeTerminal(plan.sites.secondary.url)} from ${escapeTerminal(plan.sites.primary.url)}\n`;
  for (const { path, actions } of plan.repositories) {
    yield `\n${escapeTerminal(path)}\n`;
    yield rows(['id', 'action', 'tag', 'secondary has', 'becomes', 'why'], actions.map(planRow));
  }
  const count = (type: string) => all.filter((action) => action.type === type).length;
  yield `\n${plural(count('copy'), 'copy')}, ${plural(count('delete'), 'delete')}, ${count('none')} left alone\n`;
}

function planRow(action: PlanAction): string[] {
  const cells = (has: string, becomes: string) => [
    action.id,
    action.type,
    escapeTerminal(action.tag),
    has,
    becomes,
    escapeTerminal(action.reason),
  ];
  switch (action.type) {
    case 'copy':
      return cells(digestOr(action.replaces, 'nothing usable'), shortDigest(action.digest, true));
    case 'delete':
      return cells(digestOr(action.expects, 'nothing usable'), 'gone');
    case 'none':
      return cells('', '');
  }
}

function digestOr(digest: string | null, words: string): string {
  return digest === null ? words : shortDigest(digest, true);
}

/** What became, or would become, of actions: one a line. */
export function* actionsTable(actions: FixReport['actions']): Generator<string> {
  if (actions.length === 0) {
    yield 'Nothing to do.\n';
    return;
  }
  yield '\n';
  yield rows(
    ['id', 'action', 'repository', 'tag', 'outcome', 'detail'],
    actions.map(({ id, type, repository, tag, outcome, detail }) => [
      id,
      type,
      escapeTerminal(repository),
      escapeTerminal(tag),
      outcome,
      escapeTerminal(detail),
    ]),
  );
}

function rows(head: string[], body: string[][]): string {
  const table = new Table({ head, ...BARE });
  for (const row of body) table.push(row);
  return `${table.toString().replace(/ +$/gm, '')}\n`;
}
