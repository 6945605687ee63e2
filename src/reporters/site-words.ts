import type { SiteReport } from '../report/report.ts';

const VENDORS = { gitlab: 'GitLab registry', distribution: 'Distribution', other: 'unknown kind' } as const;

/** What was found out about a site, as rows of a label and words. The words hold text from outside, unescaped. */
export function siteFacts({ url, registry }: SiteReport): [label: string, words: string][] {
  return [
    ['URL', url],
    ['registry', `${VENDORS[registry.vendor]}, ${registry.version ?? 'version unknown'}`],
    ['metadata database', registry.database === null ? 'unknown' : registry.database ? 'on' : 'off'],
    ['GitLab v1 API', registry.gitlabV1 ? 'yes' : 'no'],
    ['delete by tag', registry.tagDelete],
    ['features', registry.features.join(', ') || 'none announced'],
  ];
}
