import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { ociImage, storeImage } from '../../src/demo/images.ts';
import type { Fault } from '../../src/demo/registry-options.ts';
import { executePlan } from '../../src/reconcile/execute.ts';
import { createJournal, resumeJournal } from '../../src/reconcile/journal.ts';
import { PLACEHOLDER_ANNOTATION, placeholderFor } from '../../src/reconcile/placeholder.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import type { Plan } from '../../src/report/plan.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import {
  apply,
  CREATED_AT,
  disconnectAll,
  FAST_CLOCK,
  openPair,
  outcomes,
  type Sites,
  scanNow,
} from './support.ts';

const PATH = 'group/project';

let primary: EmbeddedRegistry;
let secondary: EmbeddedRegistry;
let sites: Sites;

beforeEach(async () => {
  ({ primary, secondary, sites } = await openPair());
  secondary.options.flavour = 'distribution';
  for (const registry of [primary, secondary]) storeImage(registry.storage, PATH, ociImage('shared'), 'same');
  storeImage(secondary.storage, PATH, ociImage('shared'), 'orphan');
});
afterEach(disconnectAll);

const planNow = async (): Promise<Plan> =>
  planReconcile(await scanNow(sites, [PATH]), { createdAt: CREATED_AT });

function tagsWithPlaceholder(): string[] {
  const { manifests, tags } = secondary.storage.repository(PATH);
  return [...tags].flatMap(([name, { link }]) => {
    const bytes = manifests.get(link)?.bytes;
    return bytes !== undefined && Buffer.from(bytes).includes(PLACEHOLDER_ANNOTATION) ? [name] : [];
  });
}

const pushes = () =>
  secondary.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'));

describe('a broken tag that the primary has again', () => {
  test.each<[string, () => void]>([
    ['and gives', () => storeImage(primary.storage, PATH, ociImage('again'), 'broken')],
    ['and cannot resolve', () => primary.storage.breakTagLink(PATH, 'broken')],
  ])('%s gets no placeholder on behalf of another', async (_name, change) => {
    secondary.storage.breakTagLink(PATH, 'broken');
    const plan = await planNow();
    change();
    const { actions } = await apply(plan, sites, [PATH]);
    expect(outcomes(actions)).toEqual({ broken: 'delete skipped', orphan: 'delete failed' });
    expect(actions[1]?.detail).toMatch(/the tag broken is broken on the secondary.*nothing was begun/);
    expect(pushes()).toEqual([]);
    expect(secondary.storage.tagLink(PATH, 'broken')).toBe('broken');
  });
});

describe('a placeholder that an earlier run left', () => {
  test.each<[string, () => void]>([
    ['has the tag again', () => storeImage(primary.storage, PATH, ociImage('again'), 'orphan')],
    ['has the tag again, broken', () => primary.storage.breakTagLink(PATH, 'orphan')],
    ['does not give its tag list', () => refuseOnPrimary('/tags/list')],
    ['does not answer for the tag', () => refuseOnPrimary('/manifests/orphan')],
  ])('is removed although the primary %s', async (_name, change) => {
    const plan = await planNow();
    const file = `${makeTempDir('journal')}/journal.jsonl`;
    const first = createJournal(file, plan.planDigest);
    const id = plan.repositories[0]?.actions[0]?.id ?? '';
    const { bytes, mediaType, digest } = placeholderFor(PATH, 'orphan', 'nonce');
    first.record({ id, step: 'begin', type: 'delete', repository: PATH, tag: 'orphan' });
    first.record({ id, step: 'placeholder', digest });
    first.close();
    secondary.storage.putManifest(PATH, bytes, mediaType, 'orphan');
    change();

    const second = resumeJournal(file, plan.planDigest);
    const actions = await executePlan(plan, sites, {}, { clock: FAST_CLOCK, journal: second });
    second.close();

    expect(outcomes(actions)).toEqual({ orphan: 'delete done' });
    expect(secondary.storage.tagLink(PATH, 'orphan')).toBeUndefined();
    expect(secondary.storage.tagLink(PATH, 'same')).toBe(ociImage('shared').digest);
  });

  test('is no ground to delete what somebody pushed over it, where the primary lists the tag', async () => {
    const plan = await planNow();
    const file = `${makeTempDir('journal')}/journal.jsonl`;
    const first = createJournal(file, plan.planDigest);
    const id = plan.repositories[0]?.actions[0]?.id ?? '';
    first.record({ id, step: 'begin', type: 'delete', repository: PATH, tag: 'orphan' });
    first.record({ id, step: 'placeholder', digest: placeholderFor(PATH, 'orphan', 'nonce').digest });
    first.close();
    primary.storage.breakTagLink(PATH, 'orphan');

    const second = resumeJournal(file, plan.planDigest);
    const actions = await executePlan(plan, sites, {}, { clock: FAST_CLOCK, journal: second });
    second.close();

    expect(actions).toMatchObject([
      { outcome: 'skipped', detail: expect.stringContaining('lists the tag now') },
    ]);
    expect(secondary.storage.tagLink(PATH, 'orphan')).toBe(ociImage('shared').digest);
  });
});

function refuseOnPrimary(part: string): void {
  primary.options.fault = ({ path }) => (path.includes(part) ? { status: 403 } : undefined);
}

describe('several broken tags', () => {
  const onPush = (tag: string, then: () => Fault) => {
    secondary.options.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith(`/manifests/${tag}`) ? then() : undefined;
  };

  beforeEach(() => {
    for (const tag of ['broken-1', 'broken-2']) secondary.storage.breakTagLink(PATH, tag);
  });

  test('a placeholder that is refused leaves none under the tags before it', async () => {
    onPush('broken-2', () => ({ status: 403 }));
    const { actions } = await apply(await planNow(), sites, [PATH]);
    expect(actions.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    for (const { detail } of actions) expect(detail).toContain('HTTP 403');
    expect(tagsWithPlaceholder()).toEqual([]);
    expect(secondary.storage.tagLink(PATH, 'orphan')).toBe(ociImage('shared').digest);
  });

  test('each is looked at again right before its placeholder', async () => {
    onPush('broken-1', () => {
      storeImage(secondary.storage, PATH, ociImage('theirs'), 'broken-2');
      return undefined;
    });
    const { actions } = await apply(await planNow(), sites, [PATH]);
    expect(secondary.storage.tagLink(PATH, 'broken-2')).toBe(ociImage('theirs').digest);
    expect(outcomes(actions)).toEqual({
      'broken-1': 'delete done',
      'broken-2': 'delete skipped',
      // What was pushed there is not broken, and in no delete's way.
      orphan: 'delete done',
    });
    expect(secondary.storage.tagLink(PATH, 'broken-1')).toBeUndefined();
    expect(tagsWithPlaceholder()).toEqual([]);
  });
});
