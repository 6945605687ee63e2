import type { SiteReport } from './report.ts';

type Registry = SiteReport['registry'];

/**
 * Whether the site has the GitLab v1 API; null when that is not known. Files of before `gitlabV1Known` do not tell:
 * there a site that was not reached, or did not let us in, has nothing but its URL.
 */
export function hasGitlabV1({ registry }: SiteReport): boolean | null {
  const { gitlabV1, gitlabV1Known, vendor, version } = registry;
  if (gitlabV1) return true;
  return (gitlabV1Known ?? (vendor !== 'other' || version !== null)) ? false : null;
}

/** What is written of it: that it is there, or else whether the site said so. */
export function gitlabV1Fields(answer: boolean | null): Pick<Registry, 'gitlabV1' | 'gitlabV1Known'> {
  return answer ? { gitlabV1: true } : { gitlabV1: false, gitlabV1Known: answer !== null };
}
