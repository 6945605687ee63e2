import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../../src/demo/embedded-registry.ts';
import { type BuiltImage, storeImage } from '../../../src/demo/images.ts';
import {
  fillEmbedded,
  fillReal,
  placeholdersInEmbedded,
  placeholdersInReal,
  storageFingerprint,
} from '../../support/fill-sites.ts';
import { siteArgs } from '../../support/fix-run.ts';
import { pushImage } from '../../support/push.ts';
import type { DriftRepository } from '../../support/random-drift.ts';
import { readTuples, type WatchedTag, watchTags } from '../../support/read-site.ts';
import { startRealRegistry } from '../../support/real-registry.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { type Gate, startGate } from './gate.ts';

/** Between two looks of a watcher. */
const PAUSE_MS = 5;

/** Which registries the two sites are. */
export type Flavour = 'distribution 2.8.2' | 'gitlab with tag delete';

/** The two registries behind their gates, as far as the flavours differ. */
interface Registries {
  readonly primaryUrl: string;
  /** Puts the secondary back to where it was before any fix; its URL. */
  renew(): Promise<string>;
  placeholders(path: string): readonly string[];
  /** Pushes to the primary past its gate, as its users do. */
  push(path: string, tag: string, image: BuiltImage): Promise<void>;
  /** Changes whenever the primary's storage does. */
  fingerprint(): string;
  close(): Promise<void>;
}

/** Two drifted sites under watch, with a gate before each: the primary's refuses and records every write. */
export interface Arena {
  readonly paths: readonly string[];
  readonly primary: Gate;
  readonly secondary: Gate;
  /** `scan --fix` with all it needs but `--out`. */
  readonly fixArgs: readonly string[];
  /** A fix by plan and journal has these instead of the repositories. */
  readonly resumeArgs: readonly string[];
  readonly push: Registries['push'];
  /**
   * Runs one attempt on a secondary put back to its drift, with both sites watched by plain requests. Throws when
   * a matching tag changed or went, or anything was sent to the primary that is not a read.
   */
  round(attempt: () => Promise<void>, movingTags?: ReadonlySet<string>): Promise<void>;
  /**
   * The secondary holds the primary's tags, by the bytes that both serve, and no placeholder; for `tags`, none that a
   * tag bears.
   */
  expectMended(where: string, of?: 'storage' | 'tags'): Promise<void>;
  /** Tags of the secondary that bear a placeholder. */
  placeholdersUnderTags(): Promise<readonly string[]>;
  /** Requests made by the watchers so far. */
  readonly looks: number;
  close(): Promise<void>;
}

export async function openArena(flavour: Flavour, drift: readonly DriftRepository[]): Promise<Arena> {
  const registries = flavour === 'distribution 2.8.2' ? await realPair(drift) : await embeddedPair(drift);
  const primary = await startGate(registries.primaryUrl, { readOnly: true });
  const secondary = await startGate(await registries.renew());
  const paths = drift.map(({ path }) => path);
  const sites = [...siteArgs({ primary, secondary }), '--settle', '0', '--max-delete', '1000', '--yes'];
  let looks = 0;

  async function round(attempt: () => Promise<void>, movingTags: ReadonlySet<string> = new Set()) {
    secondary.fault = undefined;
    secondary.target = await registries.renew();
    secondary.forget();
    const fingerprint = registries.fingerprint();
    const matching = watched(drift, (tag) => tag.drift === 'match' && !movingTags.has(tag.name));
    const all = watched(drift, ({ name }) => !movingTags.has(name));
    const watchers = [
      watchTags(secondary.target, matching, PAUSE_MS),
      watchTags(registries.primaryUrl, all, PAUSE_MS),
    ];
    const ended = [];
    try {
      await attempt();
    } finally {
      for (const watcher of watchers) ended.push(await watcher.stop());
    }
    for (const seen of ended) {
      expect(seen.violations).toEqual([]);
      looks += seen.looks;
    }
    expect(primary.writes).toEqual([]);
    if (movingTags.size === 0) expect(registries.fingerprint()).toBe(fingerprint);
  }

  return {
    paths,
    primary,
    secondary,
    fixArgs: ['scan', '--fix', ...paths, ...sites],
    resumeArgs: ['scan', '--fix', ...sites],
    push: registries.push,
    round,
    expectMended: async (where, of = 'storage') => {
      for (const path of paths) {
        const wanted = await readTuples(registries.primaryUrl, path);
        expect(await readTuples(secondary.target, path), where).toEqual(wanted);
        if (of === 'storage') expect(registries.placeholders(path), where).toEqual([]);
      }
    },
    placeholdersUnderTags: async () => {
      const found: string[] = [];
      for (const path of paths) {
        const placeholders = registries.placeholders(path);
        for (const [tag, digest] of Object.entries(await readTuples(secondary.target, path)))
          if (placeholders.some((each) => String(digest).endsWith(each))) found.push(`${path}:${tag}`);
      }
      return found;
    },
    get looks() {
      return looks;
    },
    close: async () => {
      await Promise.all([primary.close(), secondary.close()]);
      await registries.close();
    },
  };
}

function watched(
  drift: readonly DriftRepository[],
  isMeant: (tag: DriftRepository['tags'][number]) => boolean,
): WatchedTag[] {
  return drift.flatMap(({ path, tags }) =>
    tags.flatMap((tag) =>
      isMeant(tag) && tag.primary.kind === 'image'
        ? [{ path, tag: tag.name, digest: tag.primary.image.digest }]
        : [],
    ),
  );
}

async function realPair(drift: readonly DriftRepository[]): Promise<Registries> {
  const template = makeTempDir('template');
  fillReal(template, drift, 'secondary');
  const [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
  fillReal(primary.root, drift, 'primary');
  return {
    primaryUrl: primary.url,
    // The registry reads its storage anew at every request: it need not be started again.
    renew: async () => {
      rmSync(join(secondary.root, 'docker'), { recursive: true, force: true });
      mkdirSync(secondary.root, { recursive: true });
      cpSync(join(template, 'docker'), join(secondary.root, 'docker'), { recursive: true });
      return secondary.url;
    },
    placeholders: (path) => placeholdersInReal(secondary.root, path),
    push: (path, tag, image) => pushImage({ url: primary.url }, path, image, [tag]),
    fingerprint: () => storageFingerprint(primary.root),
    close: async () => {
      await Promise.all([primary.stop(), secondary.stop()]);
      removeTempDir(template);
    },
  };
}

async function embeddedPair(drift: readonly DriftRepository[]): Promise<Registries> {
  const primary = await startEmbeddedRegistry();
  fillEmbedded(primary.storage, drift, 'primary');
  let secondary: EmbeddedRegistry | null = null;
  return {
    primaryUrl: primary.url,
    renew: async () => {
      await secondary?.close();
      secondary = await startEmbeddedRegistry({ relativeLocations: true });
      fillEmbedded(secondary.storage, drift, 'secondary');
      return secondary.url;
    },
    placeholders: (path) => (secondary === null ? [] : placeholdersInEmbedded(secondary.storage, path)),
    push: async (path, tag, image) => storeImage(primary.storage, path, image, tag),
    fingerprint: () =>
      primary.requests
        .filter(({ method }) => method !== 'GET' && method !== 'HEAD')
        .map(({ method, path }) => `${method} ${path}`)
        .join('\n'),
    close: async () => {
      await Promise.all([primary.close(), secondary?.close()]);
    },
  };
}
