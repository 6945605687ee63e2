import { createInterface } from 'node:readline/promises';
import type { FixSettings } from '../config/fix-settings.ts';
import { GuardError } from '../errors.ts';
import type { Plan } from '../report/plan.ts';
import { escapeTerminal } from '../reporters/escape-terminal.ts';
import { plural } from '../reporters/plural.ts';
import type { RunContext } from './run-context.ts';

/** Deletes are named up to this many; a person does not read more. */
const MOST_NAMED = 20;

/**
 * Asks for leave to write: the counts, what will be deleted by name, then a question. `--yes` answers it.
 *
 * @throws GuardError without `--yes` and without a terminal, or when the answer is no
 */
export async function confirmFix(
  plan: Plan,
  { yes, noCopy, noDelete }: FixSettings,
  context: RunContext,
): Promise<void> {
  if (yes) return;
  const { stdin, stderr, signal } = context;
  if (!stdin.isTTY || !stderr.isTTY) {
    throw new GuardError('there is no terminal to ask on, and nothing is written without leave', {
      hint: 'Look at the plan with --dry-run, then give --yes.',
    });
  }
  const actions = plan.repositories.flatMap(({ path, actions }) =>
    actions.map((action) => ({ path, ...action })),
  );
  const deletes = noDelete ? [] : actions.filter(({ type }) => type === 'delete');
  const copies = noCopy ? [] : actions.filter(({ type }) => type === 'copy');
  stderr.write(
    `On ${plan.sites.secondary.url}: copy ${plural(copies.length, 'tag')}, delete ${plural(deletes.length, 'tag')}.\n`,
  );
  for (const { path, tag } of deletes.slice(0, MOST_NAMED))
    stderr.write(`  delete ${escapeTerminal(`${path}:${tag}`)}\n`);
  if (deletes.length > MOST_NAMED) stderr.write(`  and ${deletes.length - MOST_NAMED} more deletes\n`);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question('Carry it out? [y/N] ', { signal });
    if (!/^y(es)?$/i.test(answer.trim())) throw new GuardError('not confirmed: nothing was written');
  } finally {
    terminal.close();
  }
}
