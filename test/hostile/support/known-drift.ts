import { type BuiltImage, dockerImage, dockerListOf, ociIndexOf } from '../../../src/demo/images.ts';
import type { Status } from '../../../src/report/tag-report.ts';
import { type PushTarget, pushImage } from '../../support/push.ts';
import { type RealRegistry, startRealRegistry } from '../../support/real-registry.ts';
import { breakTagLink } from '../../support/registry-storage.ts';

/** What a site holds under a tag; `broken` is a tag link that the registry stumbles over with 500. */
type Held = BuiltImage | 'broken' | null;

/** A tag whose verdict is known, because it was made so. */
export interface KnownTag {
  readonly name: string;
  readonly primary: Held;
  readonly secondary: Held;
  readonly status: Status;
  readonly silentlySkipped: boolean;
}

/** The repository that faults happen to: one tag of every verdict. */
export const APP = 'group/app';
/** A repository that no fault concerns: its tags match whatever happens. */
export const CALM = 'group/calm';

function tag(
  name: string,
  primary: Held,
  secondary: Held,
  status: Status,
  silentlySkipped = false,
): KnownTag {
  return { name, primary, secondary, status, silentlySkipped };
}

const image = dockerImage('one');
const index = ociIndexOf('one');
const list = dockerListOf('one');

/** The tags of `APP`, in byte order, with the verdicts that follow from how they were made. */
export const APP_TAGS: readonly KnownTag[] = [
  tag('broken', image, 'broken', 'UNRESOLVABLE'),
  tag('moved', dockerImage('new'), dockerImage('old'), 'MISMATCH'),
  tag('moved-index', ociIndexOf('new'), ociIndexOf('old'), 'MISMATCH', true),
  tag('only-primary', image, null, 'PRIMARY-ONLY'),
  tag('only-secondary', null, image, 'SECONDARY-ONLY'),
  tag('same-image', image, image, 'MATCH'),
  tag('same-index', index, index, 'MATCH'),
  tag('same-list', list, list, 'MATCH'),
];

/** The tags of `CALM`. */
export const CALM_TAGS: readonly KnownTag[] = [
  tag('v1', image, image, 'MATCH'),
  tag('v2', index, index, 'MATCH'),
];

/** Pushes one site's part of the drift, before anything is broken. */
export async function pushKnownDrift(target: PushTarget, side: 'primary' | 'secondary'): Promise<void> {
  for (const [path, tags] of [
    [APP, APP_TAGS],
    [CALM, CALM_TAGS],
  ] as const) {
    for (const { name, [side]: held } of tags) {
      if (held !== null) await pushImage(target, path, held === 'broken' ? image : held, [name]);
    }
  }
}

/** Two real registries with the drift; `stop` ends both. */
export interface KnownSites {
  readonly primary: RealRegistry;
  readonly secondary: RealRegistry;
  stop(): Promise<void>;
}

/** Starts a real registry for each site and fills them. */
export async function startKnownSites(): Promise<KnownSites> {
  const [primary, secondary] = await Promise.all([startRealRegistry(), startRealRegistry()]);
  await Promise.all([pushKnownDrift(primary, 'primary'), pushKnownDrift(secondary, 'secondary')]);
  breakTagLink(secondary.root, APP, 'broken');
  return {
    primary,
    secondary,
    stop: async () => {
      await Promise.all([primary.stop(), secondary.stop()]);
    },
  };
}
