import { withoutOuterSlashes } from './slashes.ts';

const PATH_COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY_PATH = new RegExp(`^${PATH_COMPONENT}(?:/${PATH_COMPONENT})*$`);
const LONGEST = 255;

/**
 * A repository path as the registry knows it: lower-cased (GitLab lower-cases project paths), surrounding
 * slashes removed, and conforming to the `<name>` grammar of the OCI distribution specification.
 *
 * @returns the path, or null when no repository can have it
 */
export function parseRepositoryPath(text: string): string | null {
  const path = withoutOuterSlashes(text.trim()).toLowerCase();
  return path.length <= LONGEST && REPOSITORY_PATH.test(path) ? path : null;
}
