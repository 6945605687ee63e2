import type { Reference } from '../../core/reference.ts';
import type { RegistryClient } from '../../registry/registry-client.ts';
import type {
  PlatformDigest,
  ProxyAnswer,
  ProxyInspection,
  UpstreamAnswer,
} from '../../report/proxy-inspection.ts';
import type { ReadError } from '../../report/snapshot.ts';
import { errorOfFault, errorOfRefusal } from '../read-failure.ts';
import { pullCommand } from './inspect.ts';
import { askProxy, askUpstream } from './read-proxy.ts';

/** A registry with an image in it. */
export interface ProxyTarget {
  readonly client: RegistryClient;
  readonly reference: Reference;
}

type Judgement = Pick<ProxyInspection, 'verdict' | 'says'>;

/**
 * Asks GitLab's dependency proxy for an image, and the registry upstream of it where one is named
 * (`docs/facts.md` §9): whether the proxy hides an index, and which digests to pull instead. Never throws for what
 * they do.
 */
export async function inspectProxy(
  proxy: ProxyTarget,
  upstream: ProxyTarget | null,
  signal?: AbortSignal,
): Promise<ProxyInspection> {
  const errors: ReadError[] = [];
  const softly = async <T>(work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (fault) {
      errors.push(errorOfFault(fault, signal));
      return null;
    }
  };
  const { client } = proxy;
  const { repository, name } = proxy.reference;
  const [answer, source] = await Promise.all([
    softly(() => askProxy(client, repository, name, signal)),
    upstream === null ? null : softly(() => askUpstream(upstream.client, upstream.reference, signal)),
  ]);
  for (const error of refusals(answer, source, repository)) errors.push(error);

  const known = answer?.kind === 'manifest' ? answer.platforms : (source?.platforms ?? []);
  const probe = answer !== null && answer.kind !== 'manifest' ? platformToAsk(known) : undefined;
  const platformAnswer =
    probe === undefined || errors.length > 0
      ? null
      : await softly(() => askProxy(client, repository, probe.digest, signal));

  const judged: Judgement =
    errors.length > 0 || answer === null
      ? { verdict: 'INCOMPLETE', says: 'Not everything could be read, so nothing is concluded.' }
      : judge(answer, platformAnswer, source);
  return {
    proxy: { url: client.base.origin, repository, reference: name },
    ...judged,
    causes: judged.verdict === 'HIDES_INDEX' ? ['DEPENDENCY_PROXY_INDEX'] : [],
    answer,
    platformAnswer:
      platformAnswer === null || probe === undefined ? null : { ...platformAnswer, asked: probe.digest },
    upstream: source,
    pull: known.map(({ platform, digest }) => ({
      platform,
      command: pullCommand(client.base.origin, repository, digest),
    })),
    errors,
  };
}

/** Answers that say nothing of the image. */
function refusals(
  answer: ProxyAnswer | null,
  source: UpstreamAnswer | null,
  repository: string,
): ReadError[] {
  const saysNothing = (status: number) => status === 401 || status === 403 || status === 429 || status >= 500;
  const all = [
    answer && {
      status: answer.status,
      message: answer.message,
      of: `${repository} from the dependency proxy`,
    },
    source && { status: source.status, message: source.message, of: `${source.repository} from upstream` },
  ];
  return all.flatMap((one) => {
    if (one === null || !saysNothing(one.status)) return [];
    const refusal = { status: one.status, code: null, message: one.message ?? `HTTP ${one.status}` };
    return [errorOfRefusal(refusal, `read ${one.of}`)];
  });
}

/** What most machines are; any other tells as much. */
function platformToAsk(platforms: readonly PlatformDigest[]): PlatformDigest | undefined {
  return platforms.find(({ platform }) => platform === 'linux/amd64') ?? platforms[0];
}

function judge(
  answer: ProxyAnswer,
  platformAnswer: ProxyAnswer | null,
  source: UpstreamAnswer | null,
): Judgement {
  if (answer.kind === 'manifest') return judgeManifest(answer, source);
  const page = answer.kind === 'page' ? ' (an HTML page)' : '';
  const refuses = `The dependency proxy answers HTTP ${answer.status}${page}`;
  if (source === null) {
    const says =
      answer.status === 404
        ? `${refuses}: perhaps the image is an index that this GitLab does not know, perhaps the proxy is off or the user may not use it; --upstream tells.`
        : `${refuses}.`;
    return { verdict: 'REFUSES', says };
  }
  if (source.status !== 200)
    return { verdict: 'REFUSES', says: `${refuses}, and upstream does not give the image either.` };
  if (!source.isIndex)
    return { verdict: 'REFUSES', says: `${refuses}, although upstream has the image, which is no index.` };
  if (platformAnswer?.kind === 'manifest') {
    const says = `${refuses} for an index, and gives the images below it: this GitLab does not know OCI indexes. Pull the platform's own digest until it is upgraded.`;
    return { verdict: 'HIDES_INDEX', says };
  }
  const says = `${refuses} for an index, and does not give the images below it either: perhaps the proxy is off, or the user may not use it.`;
  return { verdict: 'REFUSES', says };
}

function judgeManifest(answer: ProxyAnswer, source: UpstreamAnswer | null): Judgement {
  if (answer.message !== null)
    return { verdict: 'DIFFERENT', says: `The dependency proxy answers, but ${answer.message}.` };
  if (source === null) return { verdict: 'ANSWERS', says: 'The dependency proxy gives the image.' };
  if (source.status !== 200) {
    const says = `The dependency proxy gives the image, and upstream does not (HTTP ${source.status}).`;
    return { verdict: 'DIFFERENT', says };
  }
  if (answer.digest === source.digest)
    return { verdict: 'ANSWERS', says: 'The dependency proxy gives the image that upstream has.' };
  const child = source.platforms.find(({ digest }) => digest === answer.digest);
  if (child !== undefined) {
    const platform = child.platform ?? 'one';
    const says = `The dependency proxy gives the ${platform} image in place of upstream's list: clients of other platforms get the wrong one, and pull theirs by its digest.`;
    return { verdict: 'ONE_PLATFORM', says };
  }
  const says =
    'The dependency proxy gives another image than upstream has now, perhaps an older one that it keeps.';
  return { verdict: 'DIFFERENT', says };
}
