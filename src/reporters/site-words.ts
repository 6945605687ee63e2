import { hasGitlabV1 } from '../report/has-gitlab-v1.ts';
import type { SiteReport } from '../report/report.ts';

const VENDORS = { gitlab: 'GitLab registry', distribution: 'Distribution', other: 'unknown kind' } as const;

/** What was found out about a site, as rows of a label and words. The words hold text from outside, unescaped. */
export function siteFacts(site: SiteReport): [label: string, words: string][] {
  const { url, registry } = site;
  const gitlabV1 = hasGitlabV1(site);
  return [
    ['URL', url],
    ['registry', `${VENDORS[registry.vendor]}, ${registry.version ?? 'version unknown'}`],
    ['metadata database', registry.database === null ? 'unknown' : registry.database ? 'on' : 'off'],
    ['GitLab v1 API', gitlabV1 === null ? 'unknown' : gitlabV1 ? 'yes' : 'no'],
    ['delete by tag', registry.tagDelete],
    ['features', registry.features.join(', ') || 'none announced'],
  ];
}
