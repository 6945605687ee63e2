import { compareBytes } from '../core/byte-order.ts';
import { tagCauseCounts } from '../report/cause-counts.ts';
import { CAUSE_CODES } from '../report/causes.ts';
import type { Report, RepositoryReport, SiteError } from '../report/report.ts';
import { causeTextsOf } from './cause-texts.ts';

/** The steps that no cause asks for. */
export const RUN_AGAIN = 'Run again to the end: this run was interrupted.';
export const MAKE_READABLE = 'Make readable what could not be read, and run again.';

/** A cause that the report names, and where. */
export interface FoundCause {
  readonly code: string;
  /** null for a code that this version does not know. */
  readonly says: string | null;
  /** How many tags carry it; 0 when it stands on repositories alone. */
  readonly tags: number;
  /** The paths that carry it. */
  readonly repositories: readonly string[];
}

/** Something to do, with every cause that it ends. */
export interface NextStep {
  /** null for causes that this version does not know. */
  readonly step: string | null;
  readonly causes: readonly FoundCause[];
}

/** An error and the repository it is about. */
export interface RepositoryError extends SiteError {
  readonly repository: string;
}

/**
 * What is to be done about the causes of a report; causes of one remedy are one step. First what is wrong with
 * a repository as a whole, which decides what the rest is worth, then what most tags need.
 */
export function nextSteps(report: Report): NextStep[] {
  const tags = new Map<string, number>();
  const repositories = new Map<string, string[]>();
  for (const repository of report.repositories) {
    const counts = tagCauseCounts(repository);
    for (const [code, count] of counts) tags.set(code, (tags.get(code) ?? 0) + count);
    for (const code of causesOf(repository, counts)) {
      const paths = repositories.get(code);
      if (paths === undefined) repositories.set(code, [repository.path]);
      else paths.push(repository.path);
    }
  }
  const textsOf = causeTextsOf(report);
  const steps = new Map<string | null, FoundCause[]>();
  for (const code of inOrder(repositories.keys())) {
    const cause = textsOf(code);
    const found = {
      code,
      says: cause?.says ?? null,
      tags: tags.get(code) ?? 0,
      repositories: repositories.get(code) ?? [],
    };
    const step = cause?.nextStep ?? null;
    steps.set(step, [...(steps.get(step) ?? []), found]);
  }
  const weight = ({ causes }: NextStep) =>
    Math.max(...causes.map((cause) => cause.tags || Number.MAX_SAFE_INTEGER));
  return [...steps].map(([step, causes]) => ({ step, causes })).sort((a, b) => weight(b) - weight(a));
}

/**
 * The causes of a repository and of its tags, each once, in the catalogue's order.
 *
 * @param counts those of its tags, where they are counted already
 */
export function causesOf(repository: RepositoryReport, counts = tagCauseCounts(repository)): string[] {
  return inOrder([...repository.causes, ...counts.keys()]);
}

/** Everything that could not be read, repository by repository. */
export function unreadOf(report: Report): RepositoryError[] {
  return report.repositories.flatMap(({ path, errors }) =>
    errors.map((error) => ({ ...error, repository: path })),
  );
}

/** Known codes as the catalogue has them, then unknown ones by their bytes. */
export function inOrder(codes: Iterable<string>): string[] {
  const given = new Set(codes);
  const unknown = [...given].filter((code) => !CAUSE_CODES.includes(code)).sort(compareBytes);
  return [...CAUSE_CODES.filter((code) => given.has(code)), ...unknown];
}
