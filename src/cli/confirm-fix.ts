import { createInterface } from 'node:readline';
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
 * @throws GuardError without `--yes` and without a terminal, or when the answer is no; AuditError when interrupted
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
  const answer = await ask('Carry it out? [y/N] ', context);
  signal.throwIfAborted();
  if (!/^y(es)?$/i.test(answer.trim())) throw new GuardError('not confirmed: nothing was written');
}

/** One line from the terminal; the end of input and an interruption are empty ones. */
async function ask(question: string, { stdin, stderr, signal }: RunContext): Promise<string> {
  // The terminal keeps its own line editing, so that Ctrl-C there is the signal that it is everywhere else.
  const terminal = createInterface({ input: stdin, output: stderr, terminal: false });
  try {
    return await new Promise((resolve) => {
      const leave = () => resolve('');
      terminal.once('line', resolve).once('close', leave);
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      stderr.write(question);
    });
  } finally {
    terminal.close();
  }
}
