import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MediaType } from '../../src/core/media-types.ts';
import type { TagReading } from '../../src/core/tag-reading.ts';
import { type PlanOptions, planReconcile } from '../../src/reconcile/plan.ts';
import { type Plan, planDigest, planJsonSchema, planSchema } from '../../src/report/plan.ts';
import { BROKEN, digest, reportOf, repositoryOf, resolved, type Tags } from './model.ts';
import { CREATED_AT } from './support.ts';

const PATH = 'group/project';
const ABSENT: TagReading = { state: 'absent' };

function plan(primary: Tags, secondary: Tags, options: Partial<PlanOptions> = {}): Plan {
  return planReconcile(reportOf(repositoryOf(PATH, primary, secondary)), {
    createdAt: CREATED_AT,
    ...options,
  });
}

const actionsOf = ({ repositories }: Plan) => repositories.flatMap(({ actions }) => actions);
const order = (made: Plan) => actionsOf(made).map(({ type, tag }) => `${type} ${tag}`);

describe('one tag', () => {
  const [a, b] = [resolved('a'), resolved('b')];
  const schema1 = resolved('a', MediaType.dockerSchema1Signed);
  test.each<[string, TagReading, TagReading, object | null]>([
    ['equal on both', a, a, null],
    ['differs', a, b, { type: 'copy', digest: digest('a'), replaces: digest('b'), reason: 'MISMATCH' }],
    [
      'on the primary alone',
      a,
      ABSENT,
      { type: 'copy', digest: digest('a'), replaces: null, reason: 'PRIMARY-ONLY' },
    ],
    [
      'broken on the secondary',
      a,
      BROKEN,
      { type: 'copy', digest: digest('a'), replaces: null, reason: 'UNRESOLVABLE' },
    ],
    ['on the secondary alone', ABSENT, b, { type: 'delete', expects: digest('b'), reason: 'SECONDARY-ONLY' }],
    [
      'on the secondary alone, broken',
      ABSENT,
      BROKEN,
      { type: 'delete', expects: null, reason: 'UNRESOLVABLE' },
    ],
    [
      'broken on the primary',
      BROKEN,
      b,
      { type: 'none', reason: expect.stringContaining('nothing to copy from') },
    ],
    ['broken on the primary alone', BROKEN, ABSENT, { type: 'none' }],
    ['broken on both', BROKEN, BROKEN, { type: 'none' }],
    [
      'schema 1 on the primary',
      schema1,
      ABSENT,
      { type: 'none', reason: expect.stringContaining('schema 1') },
    ],
  ])('%s', (_name, primary, secondary, expected) => {
    const made = plan({ tag: primary }, { tag: secondary });
    if (expected === null) expect(made.repositories).toEqual([]);
    else expect(actionsOf(made)).toEqual([expect.objectContaining({ id: '1', tag: 'tag', ...expected })]);
  });
});

test('repairs come first, then images, indexes, companions after what they are about, deletes, and what is left', () => {
  const sig = (of: string) => `${digest(of).replace(':', '-')}.sig`;
  const made = plan(
    {
      'a-broken': BROKEN,
      [sig('image')]: resolved('signature'),
      [sig('signature')]: resolved('signature of the signature'),
      index: resolved('index', MediaType.ociIndex),
      plain: resolved('image'),
      repaired: resolved('repaired'),
    },
    { 'a-broken': BROKEN, 'b-orphan': resolved('x'), 'c-orphan': BROKEN, repaired: BROKEN },
  );
  expect(order(made)).toEqual([
    'copy repaired',
    'copy plain',
    'copy index',
    `copy ${sig('image')}`,
    `copy ${sig('signature')}`,
    'delete b-orphan',
    'delete c-orphan',
    'none a-broken',
  ]);
  expect(actionsOf(made).map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
});

test('numbers go on from repository to repository, and a repository in sync is left out', () => {
  const made = planReconcile(
    reportOf(
      repositoryOf('a', { x: resolved('x') }, {}),
      repositoryOf('b', { x: resolved('x') }, { x: resolved('x') }),
      repositoryOf('c', { x: resolved('x') }, {}),
    ),
    { createdAt: CREATED_AT },
  );
  expect(made.repositories.map(({ path, actions }) => [path, actions[0]?.id])).toEqual([
    ['a', '1'],
    ['c', '2'],
  ]);
});

test('a repository that could not be read completely loses nothing', () => {
  const error = { code: 'DENIED', status: 403, message: 'no', tags: ['unread'] };
  const repository = repositoryOf(PATH, { new: resolved('new') }, { orphan: resolved('x') }, [error]);
  const made = planReconcile(reportOf(repository), { createdAt: CREATED_AT });
  expect(order(made)).toEqual(['copy new', 'none orphan']);
  expect(actionsOf(made)[1]?.reason).toMatch(/could not be read completely/);
});

test('deletes and copies can be left out, with the reason', () => {
  const [primary, secondary] = [{ new: resolved('new') }, { old: resolved('old') }];
  expect(order(plan(primary, secondary, { noDelete: true }))).toEqual(['copy new', 'none old']);
  expect(order(plan(primary, secondary, { noCopy: true }))).toEqual(['delete old', 'none new']);
});

test('a tag that matches and lacks content is copied again over itself', () => {
  const repository = repositoryOf(PATH, { x: resolved('x') }, { x: resolved('x') });
  const tags = repository.tags.map((tag) => ({ ...tag, causes: ['HOLLOW_MANIFEST'] }));
  const report = reportOf({ ...repository, tags });
  const [action] = actionsOf(planReconcile(report, { createdAt: CREATED_AT }));
  expect(action).toMatchObject({
    type: 'copy',
    digest: digest('x'),
    replaces: digest('x'),
    reason: 'HOLLOW_MANIFEST',
  });
});

describe('content that the primary itself lacks', () => {
  const part = { digest: digest('layer'), mediaType: null, size: null };
  const found = { complete: true, missing: [], corrupt: [], notes: [] };
  const NONE = {
    type: 'none',
    reason: expect.stringContaining('content is missing on the primary: nothing to copy from'),
  };
  test.each<[string, TagReading, object, object | null]>([
    ['a layer, of a tag that matches', resolved('x'), { missing: [{ ...part, role: 'layer' }] }, NONE],
    ['a layer, of a tag that differs', resolved('y'), { missing: [{ ...part, role: 'layer' }] }, NONE],
    ['a child, of a tag on the primary alone', ABSENT, { missing: [{ ...part, role: 'child' }] }, NONE],
    [
      'corrupt, of a tag that matches',
      resolved('x'),
      { corrupt: [{ ...part, role: 'config', found: 'x' }] },
      NONE,
    ],
    [
      'a subject, of a tag that differs',
      resolved('y'),
      { missing: [{ ...part, role: 'subject' }] },
      { type: 'copy' },
    ],
    ['nothing, of a tag that matches', resolved('x'), {}, null],
  ])('%s', (_name, secondary, deep, expected) => {
    const report = reportOf(
      repositoryOf(PATH, { x: resolved('x') }, { x: secondary, orphan: resolved('z') }),
    );
    const tag = report.repositories.at(0)?.tags.find(({ name }) => name === 'x');
    if (tag?.primary.state !== 'resolved') throw new TypeError('the tag does not resolve');
    tag.primary.deep = { ...found, ...deep };
    if (tag.status === 'MATCH' && 'missing' in deep) tag.causes = ['HOLLOW_MANIFEST'];
    const actions = actionsOf(planReconcile(report, { createdAt: CREATED_AT }));
    expect(actions.filter(({ tag }) => tag === 'x')).toMatchObject(expected === null ? [] : [expected]);
    expect(actions).toContainEqual(expect.objectContaining({ type: 'delete', tag: 'orphan' }));
  });
});

test('a plan validates against its schemas, and its digest is over all of it', () => {
  const made = plan({ a: resolved('a'), c: BROKEN }, { b: BROKEN, c: BROKEN });
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  expect(ajv.validate(planJsonSchema(), JSON.parse(JSON.stringify(made))), ajv.errorsText()).toBe(true);
  expect(planSchema().parse(made)).toEqual(made);
  expect(planDigest(made)).toBe(made.planDigest);
  expect(planDigest({ ...made, createdAt: '2026-11-22T00:00:00.000Z' })).not.toBe(made.planDigest);
});

describe('applied to a model', () => {
  const reading = fc.constantFrom<TagReading>(
    ABSENT,
    BROKEN,
    ...['a', 'b', 'c'].map((name) => resolved(name)),
    resolved('d', MediaType.ociIndex),
  );
  const names = [
    'a',
    'b',
    'c',
    'latest',
    `${digest('a').replace(':', '-')}.sig`,
    `${digest('b').replace(':', '-')}`,
  ];
  const tags = fc.record(Object.fromEntries(names.map((name) => [name, reading])));

  test('a plan makes every tag equal that can be, touches no tag that matched, and the next plan has nothing to do', () => {
    fc.assert(
      fc.property(tags, tags, (primary, secondary) => {
        const after: Record<string, TagReading> = { ...secondary };
        for (const action of actionsOf(plan(primary, secondary))) {
          const { tag } = action;
          const now = after[tag];
          const digestNow = now?.state === 'resolved' ? now.digest : null;
          if (action.type === 'copy') {
            expect(digestNow).toBe(action.replaces);
            expect(digestNow).not.toBe(action.digest);
            after[tag] = primary[tag] ?? ABSENT;
          } else if (action.type === 'delete') {
            expect(digestNow).toBe(action.expects);
            after[tag] = ABSENT;
          }
        }
        for (const name of names) {
          if (primary[name]?.state === 'unresolvable') expect(after[name]).toEqual(secondary[name]);
          else expect(after[name]).toEqual(primary[name]);
        }
        expect(actionsOf(plan(primary, after)).every(({ type }) => type === 'none')).toBe(true);
      }),
    );
  });

  test('no delete comes before a copy', () => {
    fc.assert(
      fc.property(tags, tags, (primary, secondary) => {
        const types = actionsOf(plan(primary, secondary)).map(({ type }) => type);
        const rank = { copy: 0, delete: 1, none: 2 };
        expect(types).toEqual([...types].sort((a, b) => rank[a] - rank[b]));
      }),
    );
  });
});
