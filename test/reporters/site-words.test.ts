import { expect, it } from 'vitest';
import type { SiteReport } from '../../src/report/report.ts';
import { hasGitlabV1, siteFacts } from '../../src/reporters/site-words.ts';

const unknown = {
  vendor: 'other',
  version: null,
  features: [],
  database: null,
  gitlabV1: false,
  tagDelete: 'unknown',
} as const;
const site = (registry: Partial<SiteReport['registry']>): SiteReport => ({
  url: 'https://a.example',
  registry: { ...unknown, features: [], ...registry },
});

it.each([
  ['a site that was not reached', site({}), null, 'unknown'],
  ['Distribution', site({ vendor: 'distribution' }), false, 'no'],
  ['GitLab without a database', site({ vendor: 'gitlab', version: '4.30.0', database: false }), false, 'no'],
  ['GitLab with one', site({ vendor: 'gitlab', version: '4.30.0', gitlabV1: true }), true, 'yes'],
])('%s', (_, value, expected, words) => {
  expect(hasGitlabV1(value)).toBe(expected);
  expect(siteFacts(value)).toContainEqual(['GitLab v1 API', words]);
});
