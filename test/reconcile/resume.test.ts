import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SiteConnection } from '../../src/audit/identify-site.ts';
import type { EmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import * as images from '../../src/demo/images.ts';
import type { RegistryOptions } from '../../src/demo/registry-options.ts';
import { executePlan } from '../../src/reconcile/execute.ts';
import { createJournal, resumeJournal } from '../../src/reconcile/journal.ts';
import { PLACEHOLDER_ANNOTATION } from '../../src/reconcile/placeholder.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import { CREATED_AT, disconnectAll, FAST_CLOCK, openPair, type Sites, scanNow, tuples } from './support.ts';

const PATH = 'group/project';
const READS = new Set(['GET', 'HEAD']);

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
  images.storeImage(secondary.storage, PATH, images.ociImage('gone'), 'orphan-2');
  for (const tag of ['broken', 'broken-2']) secondary.storage.breakTagLink(PATH, tag);
}

class Killed extends Error {}

/** A site that stops for good at the nth write: before it goes out, or after it was carried out and before its answer is seen. */
function killedAt(site: SiteConnection, nth: number, when: 'before' | 'after') {
  let writes = 0;
  let dead = false;
  const { client } = site;
  const send: typeof client.send = async (request) => {
    if (dead) throw new Killed();
    if (READS.has(request.method)) return client.send(request);
    writes++;
    if (writes < nth) return client.send(request);
    dead = true;
    if (when === 'after') await (await client.send(request)).discard();
    throw new Killed();
  };
  return { ...site, client: { ...client, send } };
}

function placeholders(): string[] {
  const { manifests } = secondary.storage.repository(PATH);
  return [...manifests]
    .filter(([, { bytes }]) => Buffer.from(bytes).includes(PLACEHOLDER_ANNOTATION))
    .map(([digest]) => digest);
}

describe.each<[string, Partial<RegistryOptions>]>([
  ['GitLab with tag delete', {}],
  ['GitLab before tag delete', { features: [] }],
  ['Distribution', { flavour: 'distribution' }],
])('on %s', (_name, options) => {
  test.each(['before', 'after'] as const)(
    'a run that stops %s any one of its writes is finished by the next',
    async (when) => {
      let ended = false;
      let rounds = 0;
      for (let nth = 1; !ended; nth++) {
        fill(options);
        const plan = planReconcile(await scanNow(sites, [PATH]), { createdAt: CREATED_AT });
        const file = `${makeTempDir('journal')}/journal.jsonl`;
        const first = createJournal(file, plan.planDigest);
        const doomed = { ...sites, secondary: killedAt(sites.secondary, nth, when) };
        const context = { clock: FAST_CLOCK };
        try {
          await executePlan(plan, doomed, { copies: 1 }, { ...context, journal: first });
          ended = true;
        } catch (error) {
          expect(error).toBeInstanceOf(Killed);
          rounds++;
        }
        first.close();
        expect(tuples(secondary, PATH).same).toBe(images.ociImage('same').digest);

        const second = resumeJournal(file, plan.planDigest);
        const actions = await executePlan(plan, sites, {}, { ...context, journal: second });
        second.close();

        expect({ nth, left: actions.filter(({ outcome }) => outcome !== 'done') }).toEqual({ nth, left: [] });
        expect({ nth, tags: tuples(secondary, PATH) }).toEqual({ nth, tags: tuples(primary, PATH) });
        expect({ nth, placeholders: placeholders() }).toEqual({ nth, placeholders: [] });
      }
      expect(rounds).toBeGreaterThan(8);
    },
  );
});
