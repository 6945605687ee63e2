import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { claimFile, type Release } from '../core/claim.ts';
import { GuardError, UsageError } from '../errors.ts';

/**
 * Claims a journal: two runs that go on with one would each take the other's steps again, and write over its lines.
 *
 * @throws UsageError when another run has it
 */
export function claimJournal(journal: string): Release {
  const path = `${journal}.lock`;
  const claim = claimFile(path);
  if (claim.kind === 'had') return claim.release;
  throw new UsageError(`the journal ${journal} is being written by ${claim.by}`, {
    hint: `Wait for it to end. If it is not running any more, remove ${path}.`,
  });
}

/**
 * Claims repositories of a secondary for a fix: on this machine, for this user. Fixes of other machines are not known
 * here; they do no harm to what is healthy, but may leave work to the next one.
 *
 * @param secondary the registry's URL, as reports show it
 * @throws GuardError when another fix has one of them; then none is claimed
 */
export function claimRepositories(secondary: string, paths: readonly string[]): Release {
  const directory = join(tmpdir(), `geo-registry-audit-${userInfo().uid}`);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const releases: Release[] = [];
  const releaseAll = () => {
    for (const release of releases) release();
  };
  for (const path of paths) {
    const name = createHash('sha256').update(`${secondary}\n${path}`).digest('hex').slice(0, 32);
    const file = join(directory, `fix-${name}.lock`);
    const claim = claimFile(file);
    if (claim.kind === 'had') {
      releases.push(claim.release);
      continue;
    }
    releaseAll();
    throw new GuardError(`another fix of ${path} on ${secondary} is under way: ${claim.by}`, {
      hint: `Wait for it to end, then look with a scan. If it is not running any more, remove ${file}.`,
    });
  }
  return releaseAll;
}
