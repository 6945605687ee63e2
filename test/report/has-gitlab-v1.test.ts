import { expect, it } from 'vitest';
import { gitlabV1Fields, hasGitlabV1 } from '../../src/report/has-gitlab-v1.ts';
import type { SiteReport } from '../../src/report/report.ts';
import { sealed } from './snapshots.ts';

const site = (registry: Partial<SiteReport['registry']>): SiteReport => {
  const { site: base } = sealed([]);
  return { ...base, registry: { ...base.registry, ...registry } };
};

it.each([true, false, null])('%s is written and read again, whoever the registry is', (answer) => {
  for (const vendor of ['gitlab', 'distribution', 'other'] as const)
    for (const version of [null, '4.30.0'])
      expect(hasGitlabV1(site({ vendor, version, ...gitlabV1Fields(answer) }))).toBe(answer);
});

it.each<[string, Partial<SiteReport['registry']>, boolean | null]>([
  ['a site that was not reached', { vendor: 'other' }, null],
  ['Distribution', { vendor: 'distribution' }, false],
  ['GitLab without a database', { vendor: 'gitlab', version: '4.30.0', database: false }, false],
  ['GitLab with one', { vendor: 'gitlab', version: '4.30.0', gitlabV1: true }, true],
])('a file of before tells by what else is known: %s', (_, registry, expected) => {
  expect(hasGitlabV1(site(registry))).toBe(expected);
});
