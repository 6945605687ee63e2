import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import type { RegistryOptions } from '../../src/demo/registry-options.ts';
import { AuditError } from '../../src/errors.ts';
import { executePlan } from '../../src/reconcile/execute.ts';
import { createJournal, type Journal, resumeJournal } from '../../src/reconcile/journal.ts';
import { placeholderFor } from '../../src/reconcile/placeholder.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import { placeholdersInEmbedded } from '../support/fill-sites.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import {
  CREATED_AT,
  disconnectAll,
  FAST_CLOCK,
  fix,
  openPair,
  type Sites,
  scanNow,
  tuples,
} from './support.ts';

const PATH = 'group/project';

let primary: EmbeddedRegistry;
let secondary: EmbeddedRegistry;
let sites: Sites;

beforeEach(async () => {
  ({ primary, secondary, sites } = await openPair());
});
afterEach(disconnectAll);

/** The state every round starts from. */
function fill(options: Partial<RegistryOptions>): void {
  for (const registry of [primary, secondary]) {
    registry.storage.deleteRepository(PATH);
    Object.assign(registry.options, options);
    images.storeImage(registry.storage, PATH, images.ociImage('same'), 'same');
  }
  images.storeImage(primary.storage, PATH, images.ociIndexOf('new'), 'new');
  images.storeImage(secondary.storage, PATH, images.ociImage('same'), 'orphan');
  for (const tag of ['broken', 'broken-2']) secondary.storage.breakTagLink(PATH, tag);
}

const placeholders = () => placeholdersInEmbedded(secondary.storage, PATH);

/** A journal that takes so many lines and no more. */
function fullAfter(lines: number, journal: Journal): Journal {
  let taken = 0;
  return {
    ...journal,
    record(entry) {
      if (taken++ >= lines) throw new AuditError('OUTPUT', 'could not write the journal: ENOSPC');
      journal.record(entry);
    },
  };
}

describe.each<[string, Partial<RegistryOptions>]>([
  ['GitLab with tag delete', {}],
  ['Distribution', { flavour: 'distribution' }],
])('on %s', (_name, options) => {
  test('a journal that is full at any line: every action is accounted for as it is, and the next run ends it', async () => {
    let stopped = 0;
    for (let lines = 0, ended = false; !ended; lines++) {
      fill(options);
      const plan = planReconcile(await scanNow(sites, [PATH]), { createdAt: CREATED_AT });
      const file = `${makeTempDir('journal')}/journal.ndjson`;
      const journal = createJournal(file, plan.planDigest);
      const context = { clock: FAST_CLOCK };
      const told = await executePlan(plan, sites, {}, { ...context, journal: fullAfter(lines, journal) });
      journal.close();

      const planned = plan.repositories.flatMap(({ actions }) => actions.map(({ id }) => id));
      expect(told.map(({ id }) => id)).toEqual(planned);
      const now = tuples(secondary, PATH);
      expect(now.same).toBe(images.ociImage('same').digest);
      expect({ lines, placeholders: placeholders() }).toEqual({ lines, placeholders: [] });
      for (const { type, tag, outcome, detail } of told) {
        const isDone = type === 'copy' ? now[tag] === tuples(primary, PATH)[tag] : !(tag in now);
        expect({ lines, tag, detail, done: outcome === 'done' }).toEqual({
          lines,
          tag,
          detail,
          done: isDone,
        });
        if (outcome === 'failed') expect(detail).toContain('could not write the journal: ENOSPC');
      }
      // When not even its end was missed, nothing was left to do.
      ended = told.every(({ outcome }) => outcome === 'done');
      if (!ended) stopped++;

      const second = resumeJournal(file, plan.planDigest);
      await executePlan(plan, sites, {}, { ...context, journal: second });
      second.close();
      expect({ lines, tags: tuples(secondary, PATH) }).toEqual({ lines, tags: tuples(primary, PATH) });
      expect({ lines, placeholders: placeholders() }).toEqual({ lines, placeholders: [] });
    }
    expect(stopped).toBeGreaterThan(3);
  });
});

describe('on Distribution, without the journal of the run before', () => {
  beforeEach(() => fill({ flavour: 'distribution' }));

  function leave(tag: string, more: readonly string[] = []): string {
    const { bytes, mediaType, digest } = placeholderFor(PATH, tag, 'of a run that was killed');
    for (const name of [tag, ...more])
      images.storeImage(
        secondary.storage,
        PATH,
        { ...images.ociImage('x'), digest, mediaType, manifests: [{ bytes, mediaType, digest }] },
        name,
      );
    return digest;
  }

  test('a placeholder that was left goes with its tag', async () => {
    leave('orphan');
    await fix(sites, [PATH]);
    expect(tuples(secondary, PATH)).toEqual(tuples(primary, PATH));
    expect(placeholders()).toEqual([]);
  });

  test('what another tag bears as well is not deleted by its digest', async () => {
    const digest = leave('orphan', ['same']);
    secondary.requests.length = 0;
    await fix(sites, [PATH], { noCopy: true });
    expect(
      secondary.requests.filter(({ method, path }) => method === 'DELETE' && path.endsWith(digest)),
    ).toEqual([]);
    expect(tuples(secondary, PATH).same).toBe(digest);
  });

  test('a delete that met a tag being written is tried again', async () => {
    let stumbled = 0;
    secondary.options.fault = ({ method, path }) => {
      if (method !== 'DELETE' || !path.includes('manifests/sha256:')) return undefined;
      const digest = path.slice(path.lastIndexOf('/') + 1);
      const isPlaceholder = placeholders().includes(digest);
      if (!isPlaceholder || stumbled > 0) return undefined;
      stumbled++;
      secondary.storage.removeManifest(PATH, digest as `sha256:${string}`);
      return {
        status: 500,
        body: '{"errors":[{"code":"UNKNOWN","message":"invalid checksum digest format"}]}',
      };
    };
    const { actions } = await fix(sites, [PATH]);
    expect(stumbled).toBe(1);
    expect(actions.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
    expect(placeholders()).toEqual([]);
    expect(tuples(secondary, PATH)).toEqual(tuples(primary, PATH));
  });
});
