import { createHash } from 'node:crypto';

/*
 * What a scan and a plan must say of a scenario, worked out from the model of the scenario alone. It is written from
 * `docs/facts.md` §1 to §5 and from the meaning of the report's fields, shares no code with the tool, and must stay
 * so: two programs that agree are worth something only as long as they do not borrow from each other.
 */

export type ModelSite = 'primary' | 'secondary';

/** Whose registry both sites run, and which API they are read by. */
export type SetUp = 'distribution' | 'gitlab docker-v2' | 'gitlab gitlab-v1';

/** A manifest as far as an `Accept` header can tell it from others. */
export interface ModelManifest {
  readonly kind: 'image' | 'index' | 'index without mediaType' | 'list' | 'schema1';
  readonly digest: string;
  readonly mediaType: string;
  /** Of a Docker manifest list: the digest of its linux/amd64 entry. */
  readonly amd64: string | null;
}

/** What a tag's link holds: a manifest that was pushed, nothing, or a digest that nothing has. */
export type ModelLink = ModelManifest | 'empty' | 'nowhere';

/** A repository on one site. */
export interface ModelSide {
  /** False when nobody ever pushed to it there. */
  readonly known: boolean;
  readonly tags: ReadonlyMap<string, ModelLink>;
  /** Digests of manifests that were pushed and are gone; links and indexes still name them. */
  readonly lost: ReadonlySet<string>;
  /** Tags whose manifest requests are refused for another reason than the tag: nothing may be concluded. */
  readonly unread: ReadonlySet<string>;
  /** The same for its tag lists, of `/v2/` and of the GitLab v1 API. */
  readonly listRefused: boolean;
}

export type ModelRepository = { readonly path: string } & Readonly<Record<ModelSite, ModelSide>>;

export interface ExpectedTag {
  readonly name: string;
  readonly status: 'MATCH' | 'MISMATCH' | 'PRIMARY-ONLY' | 'SECONDARY-ONLY' | 'UNRESOLVABLE';
  readonly narrowStatus: 'MATCH' | 'MISMATCH' | 'PRIMARY-ONLY' | 'SECONDARY-ONLY';
  readonly silentlySkipped: boolean;
  readonly primary: ExpectedReading;
  readonly secondary: ExpectedReading;
}

export interface ExpectedReading {
  readonly state: 'resolved' | 'unresolvable' | 'absent';
  readonly digest: string | null;
  readonly mediaType: string | null;
  readonly narrowDigest: string | null;
}

type Sums = {
  readonly primary: string | null;
  readonly secondary: string | null;
  readonly equal: boolean | null;
};

export interface ExpectedAction {
  readonly type: 'copy' | 'delete';
  readonly tag: string;
  /** Of a copy: the primary's. */
  readonly digest?: string | null;
  /** Of a copy: what the secondary's tag resolves to; of a delete the same. */
  readonly before: string | null;
}

export interface ExpectedRepository {
  readonly path: string;
  readonly verdict: 'IN-SYNC' | 'OUT-OF-SYNC' | 'INCOMPLETE';
  readonly checksums: { readonly wide: Sums; readonly narrow: Sums; readonly gitlabV1: Sums };
  readonly counts: Readonly<Record<string, number>>;
  readonly tags: readonly ExpectedTag[];
  /** Copies and deletes, by tag in byte order. */
  readonly actions: readonly ExpectedAction[];
  /** Tags that differ and that nothing can be done about. */
  readonly hopeless: readonly string[];
}

const SITES = ['primary', 'secondary'] as const;
const NOTHING: ExpectedReading = { state: 'absent', digest: null, mediaType: null, narrowDigest: null };
const NO_SUMS: Sums = { primary: null, secondary: null, equal: null };

/** What the report and the plan must say of a repository. */
export function expectedOf(model: ModelRepository, setUp: SetUp): ExpectedRepository {
  const refused = SITES.some((site) => model[site].listRefused);
  const names = refused ? [] : namesOf(model, setUp);
  const tags = names
    .filter((name) => !SITES.some((site) => model[site].unread.has(name)))
    .map((name) =>
      tagOf(name, readingOf(model.primary, name, setUp), readingOf(model.secondary, name, setUp)),
    );
  const isIncomplete = refused || names.length > tags.length;
  const wide = sumsOf(model, (side) => wideTuples(side, setUp));
  const narrow = sumsOf(model, (side) => narrowTuples(side, setUp));
  const gitlabV1 = setUp === 'distribution' ? NO_SUMS : sumsOf(model, databaseTuples);
  const differs =
    tags.some(({ status }) => status !== 'MATCH') ||
    [wide, narrow, gitlabV1].some(({ equal }) => equal === false);
  return {
    path: model.path,
    verdict: isIncomplete ? 'INCOMPLETE' : differs ? 'OUT-OF-SYNC' : 'IN-SYNC',
    checksums: { wide, narrow, gitlabV1 },
    counts: countsOf(tags),
    tags,
    actions: tags.flatMap((tag) => actionOf(tag, isIncomplete)),
    hopeless: tags.filter(isHopeless).map(({ name }) => name),
  };
}

/** The exit code of a scan: something unread wins over a difference. */
export function expectedExitCode(repositories: readonly ExpectedRepository[]): number {
  if (repositories.some(({ verdict }) => verdict === 'INCOMPLETE')) return 2;
  return repositories.some(({ verdict }) => verdict === 'OUT-OF-SYNC') ? 1 : 0;
}

/** `docs/facts.md` §1: sorted by the bytes of the name, everything joined, a missing digest is nothing. */
export function verifierSum(tuples: readonly (readonly [string, string | null])[]): string {
  const sorted = [...tuples].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const hash = createHash('sha256');
  for (const [name, digest] of sorted) hash.update(name + (digest ?? ''), 'utf8');
  return hash.digest('hex');
}

function namesOf(model: ModelRepository, setUp: SetUp): string[] {
  const names = SITES.flatMap((site) => [...listed(model[site], setUp).keys()]);
  return [...new Set(names)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The database knows a tag only together with its manifest; the tag directories know every link. */
function listed(side: ModelSide, setUp: SetUp): ReadonlyMap<string, ModelLink> {
  if (setUp !== 'gitlab gitlab-v1') return side.tags;
  return new Map([...side.tags].filter(([, link]) => stands(side, link) !== null));
}

/** The manifest behind a link, or null when there is none. */
function stands({ lost }: ModelSide, link: ModelLink): ModelManifest | null {
  return typeof link === 'string' || lost.has(link.digest) ? null : link;
}

function readingOf(side: ModelSide, name: string, setUp: SetUp): ExpectedReading {
  const link = listed(side, setUp).get(name);
  if (link === undefined) return NOTHING;
  const manifest = stands(side, link);
  // GitLab's registry refuses schema 1 under whatever Accept; its database would still name the digest.
  const isRefused = manifest?.kind === 'schema1' && setUp === 'gitlab docker-v2';
  if (manifest === null || isRefused) {
    return { state: 'unresolvable', digest: null, mediaType: null, narrowDigest: null };
  }
  const { digest, mediaType } = manifest;
  return { state: 'resolved', digest, mediaType, narrowDigest: narrowDigestOf(side, manifest, setUp) };
}

/** `docs/facts.md` §3, the two columns of the narrow `HEAD`. */
function narrowDigestOf({ lost }: ModelSide, manifest: ModelManifest, setUp: SetUp): string | null {
  const isGitlab = setUp !== 'distribution';
  switch (manifest.kind) {
    case 'image':
      return manifest.digest;
    case 'index':
      return null;
    case 'index without mediaType':
      return isGitlab ? null : manifest.digest;
    case 'list':
      return manifest.amd64 === null || lost.has(manifest.amd64) ? null : manifest.amd64;
    case 'schema1':
      return isGitlab ? null : manifest.digest;
  }
}

function tagOf(name: string, primary: ExpectedReading, secondary: ExpectedReading): ExpectedTag {
  const compared = (a: string | null, b: string | null) => {
    if (primary.state === 'absent') return 'SECONDARY-ONLY';
    if (secondary.state === 'absent') return 'PRIMARY-ONLY';
    return a === b ? 'MATCH' : 'MISMATCH';
  };
  const isUnresolvable = primary.state === 'unresolvable' || secondary.state === 'unresolvable';
  const status = isUnresolvable ? 'UNRESOLVABLE' : compared(primary.digest, secondary.digest);
  const narrowStatus = compared(primary.narrowDigest, secondary.narrowDigest);
  const silentlySkipped = narrowStatus === 'MATCH' && status !== 'MATCH';
  return { name, status, narrowStatus, silentlySkipped, primary, secondary };
}

type Tuples = [string, string | null][];

function wideTuples(side: ModelSide, setUp: SetUp): Tuples | null {
  if (side.unread.size > 0) return null;
  // A database that lists digests lists what a wide request resolves to: the same row answers both.
  return [...listed(side, setUp).keys()].map((name) => [name, readingOf(side, name, setUp).digest]);
}

function narrowTuples(side: ModelSide, setUp: SetUp): Tuples | null {
  if (side.unread.size > 0) return null;
  return [...listed(side, setUp).keys()].map((name) => [name, readingOf(side, name, setUp).narrowDigest]);
}

function databaseTuples(side: ModelSide): Tuples {
  return [...side.tags].flatMap(([name, link]): Tuples => {
    const manifest = stands(side, link);
    return manifest === null ? [] : [[name, manifest.digest]];
  });
}

function sumsOf(model: ModelRepository, tuplesOf: (side: ModelSide) => Tuples | null): Sums {
  const sum = (side: ModelSide) => {
    const tuples = side.listRefused ? null : tuplesOf(side);
    return tuples === null ? null : verifierSum(tuples);
  };
  const [primary, secondary] = [sum(model.primary), sum(model.secondary)];
  return { primary, secondary, equal: primary === null || secondary === null ? null : primary === secondary };
}

function countsOf(tags: readonly ExpectedTag[]): Record<string, number> {
  const counts: Record<string, number> = { total: tags.length };
  for (const status of ['MATCH', 'MISMATCH', 'PRIMARY-ONLY', 'SECONDARY-ONLY', 'UNRESOLVABLE'])
    counts[status] = tags.filter((tag) => tag.status === status).length;
  counts.silentlySkipped = tags.filter((tag) => tag.silentlySkipped).length;
  return counts;
}

/** Copy what the primary has and the secondary has not; delete what the primary does not list, if all was read. */
function actionOf(tag: ExpectedTag, isIncomplete: boolean): ExpectedAction[] {
  const { name, primary, secondary } = tag;
  if (primary.state === 'resolved' && primary.digest !== secondary.digest && !isHopeless(tag))
    return [{ type: 'copy', tag: name, digest: primary.digest, before: secondary.digest }];
  if (primary.state === 'absent' && !isIncomplete)
    return [{ type: 'delete', tag: name, before: secondary.digest }];
  return [];
}

/** Nothing to copy from, or a format that is to be rebuilt and never copied (`docs/fix.md`). */
function isHopeless({ primary, status }: ExpectedTag): boolean {
  const isSchema1 = primary.mediaType?.startsWith('application/vnd.docker.distribution.manifest.v1') ?? false;
  return primary.state === 'unresolvable' || (isSchema1 && status !== 'MATCH');
}
