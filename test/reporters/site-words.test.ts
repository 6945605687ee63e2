import { expect, it } from 'vitest';
import type { SiteReport } from '../../src/report/report.ts';
import { siteFacts } from '../../src/reporters/site-words.ts';

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
  ['a site that was not reached', site({}), 'unknown'],
  ['Distribution', site({ vendor: 'distribution' }), 'no'],
  ['GitLab without a database', site({ vendor: 'gitlab', version: '4.30.0', database: false }), 'no'],
  ['GitLab with one', site({ vendor: 'gitlab', version: '4.30.0', gitlabV1: true }), 'yes'],
  [
    'GitLab that did not say',
    site({ vendor: 'gitlab', version: '4.30.0', database: true, gitlabV1Known: false }),
    'unknown',
  ],
])('%s', (_, value, words) => {
  expect(siteFacts(value)).toContainEqual(['GitLab v1 API', words]);
});
