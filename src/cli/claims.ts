import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
 * here; they do no harm to what is healthy, but may leave work to the next one. Nor are they where the system's
 * temporary directory cannot be written to, which stops no fix.
 *
 * @param secondary the registry's URL, as reports show it
 * @throws GuardError when another fix has one of them; then none is claimed
 */
export function claimRepositories(secondary: string, paths: readonly string[]): Release {
  const directory = ownDirectory();
  if (directory === null) return () => {};
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

/** A directory that no other user can put claims into; null where there can be none. */
function ownDirectory(): string | null {
  const user = process.getuid?.() ?? 'user';
  const directory = join(tmpdir(), `geo-registry-audit-${user}`);
  try {
    if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 });
    const { uid } = lstatSync(directory);
    accessSync(directory, constants.W_OK);
    return process.getuid === undefined || uid === user ? directory : null;
  } catch {
    return null;
  }
}
