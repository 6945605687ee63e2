import { parseRepositoryPath } from '../core/repository-path.ts';
import { schema } from '../core/schema.ts';
import { AuthError, TransportError } from '../errors.ts';
import type { GitlabClient } from './gitlab-client.ts';
import { readGitlabPages } from './read-pages.ts';

/** A project or a group, by its number or its full path. */
export interface GitlabSource {
  readonly kind: 'project' | 'group';
  readonly id: string;
}

/** The container repositories GitLab knows in a project or group. */
export interface GitlabRepositories {
  /** As the registry calls them, each once. */
  readonly paths: readonly string[];
  /** Paths that no registry can have. */
  readonly illegal: readonly string[];
}

const page = schema((z) => z.array(z.object({ path: z.string() })));

/**
 * Lists the container repositories of a project, or of a group with all its subgroups
 * (`GET /projects/:id/registry/repositories`, `GET /groups/:id/registry/repositories`). The group's list
 * holds those of all descendant groups by itself and leaves out projects whose registry is disabled
 * (`ContainerRepository.for_group_and_its_subgroups` in GitLab's source), so no group is walked.
 *
 * @throws AuthError when GitLab refuses the token; TransportError when the list cannot be read to its end
 */
export async function listGitlabRepositories(
  client: GitlabClient,
  { kind, id }: GitlabSource,
  signal?: AbortSignal,
): Promise<GitlabRepositories> {
  const purpose = `list the container repositories of ${kind} ${id}`;
  const relative = `api/v4/${kind}s/${encodeURIComponent(id)}/registry/repositories`;
  const paths = new Set<string>();
  const illegal = new Set<string>();
  for await (const answer of readGitlabPages(client, relative, purpose, signal)) {
    if (answer.kind === 'refused') throw refused(answer.status, answer.message, kind, id, purpose);
    const entries = page().safeParse(answer.body);
    if (!entries.success) {
      throw new TransportError('PROTOCOL', `could not ${purpose}: the answer is no list of repositories`, {
        hint: 'Is --gitlab-url the address of GitLab itself?',
      });
    }
    for (const { path } of entries.data) {
      const legal = parseRepositoryPath(path);
      if (legal === null) illegal.add(path);
      else paths.add(legal);
    }
  }
  return { paths: [...paths], illegal: [...illegal] };
}

function refused(status: number, message: string, kind: string, id: string, purpose: string): Error {
  const text = `could not ${purpose}: GitLab answers ${status}${message === '' ? '' : ` (${message})`}`;
  switch (status) {
    case 401:
      return new AuthError(text, {
        hint: 'Give a valid access token with the scope read_api by --gitlab-token-file.',
      });
    case 403:
      return new AuthError(text, {
        hint: `The token needs the scope read_api and the Reporter role, and the ${kind} its container registry enabled.`,
      });
    case 404:
      return new TransportError('PROTOCOL', text, {
        hint: `Check --gitlab-${kind} ${id}; GitLab says the same of a ${kind} that the token may not see.`,
      });
    default:
      return new TransportError(status >= 500 || status === 429 ? 'UNREACHABLE' : 'PROTOCOL', text, {
        hint: 'Check --gitlab-url and that GitLab is up.',
      });
  }
}
