import type { Tokens } from './redaction-tokens.ts';

/** Names that may stand in a text. */
export interface KnownNames {
  /** Host names without port, lower-case. */
  readonly hosts: ReadonlySet<string>;
  /** Repository paths and the groups above them. */
  readonly paths: ReadonlySet<string>;
  readonly tags: ReadonlySet<string>;
}

/** What names of repositories, tags and hosts consist of, slashes between them. */
const RUN = String.raw`[A-Za-z0-9_][A-Za-z0-9._\/-]*`;
const URL_START = String.raw`https?:\/\/(?:[^\s\/"'<>@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s\/"'<>:?#,;)]+)`;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** A name that is longer fits into no expression; no registry has one, but a report that somebody made up may. */
const LONGEST_IN_PATTERN = 1024;
/** Names that a run cannot hold are looked for as they are. */
const ORDINARY = new RegExp(`^${RUN}$`);

/**
 * Replaces names in free text, whole words alone, in one pass: what a token is made of is never looked at again.
 * Hosts of URLs and IP addresses are replaced whether they are known or not.
 */
export function createTextRedactor(known: KnownNames, tokens: Tokens): (text: string) => string {
  const odd = [...known.paths, ...known.tags].filter((name) => name !== '' && !ORDINARY.test(name));
  odd.sort((a, b) => b.length - a.length);
  const tooLong = odd.filter((name) => name.length > LONGEST_IN_PATTERN);
  const pattern = new RegExp(
    [URL_START, ...odd.slice(tooLong.length).map(escapeRegExp), RUN].join('|'),
    'gi',
  );
  const domains = [...known.hosts].flatMap(domainOf);
  const isHost = (word: string) => {
    const name = word.toLowerCase();
    return (
      known.hosts.has(name) ||
      ADDRESS.test(name) ||
      domains.some((domain) => name === domain || name.endsWith(`.${domain}`))
    );
  };
  const token = (part: string): string | null => {
    if (known.tags.has(part)) return tokens.of('tag', part);
    if (known.paths.has(part.toLowerCase())) return tokens.of('repository', part.toLowerCase());
    return isHost(part) ? tokens.of('host', part.toLowerCase()) : null;
  };
  const withoutNames = (part: string): string => {
    const whole = token(part);
    if (whole !== null) return whole;
    // The full stop of a sentence is none of the name.
    const bare = withoutEnd(part);
    const bareToken = bare === part ? null : token(bare);
    return bareToken === null ? part : bareToken + part.slice(bare.length);
  };
  const run = (text: string): string => {
    const parts = text.split('/');
    let result = '';
    for (let from = 0; from < parts.length; ) {
      const to = endOfPath(parts, from, known.paths);
      const part = parts.slice(from, to).join('/');
      result += (from === 0 ? '' : '/') + withoutNames(part);
      from = to;
    }
    return result;
  };
  const kindOf = (name: string) => (known.tags.has(name) ? 'tag' : 'repository');
  return (text) =>
    tooLong
      .reduce(
        (rest, name) => rest.replaceAll(name, tokens.of(kindOf(name), name)),
        text.replace(/%2f/gi, '/'),
      )
      .replace(pattern, (match) => {
        const [, scheme, host] = /^(https?:\/\/)(?:[^@]*@)?(.*)$/i.exec(match) ?? [];
        if (scheme !== undefined && host !== undefined)
          return scheme + tokens.of('host', hostName(host.toLowerCase()));
        return ORDINARY.test(match) ? run(match) : tokens.of(kindOf(match), match);
      });
}

/** The host name of a URL's host, without the brackets of IPv6. */
export function hostName(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** The end of the longest repository path that begins at a part, or the next part. */
function endOfPath(parts: readonly string[], from: number, paths: ReadonlySet<string>): number {
  let path = '';
  let end = from + 1;
  for (let to = from; to < parts.length; to++) {
    const part = (parts[to] ?? '').toLowerCase();
    path = to === from ? part : `${path}/${part}`;
    if (paths.has(path) || paths.has(withoutEnd(path))) end = to + 1;
    // Every group above a path is known too, so that nothing longer can follow.
    else break;
  }
  return end;
}

/** The last two labels: the hosts of one organisation share them. */
function domainOf(host: string): string[] {
  const labels = host.split('.');
  return labels.length < 2 || ADDRESS.test(host) || host.includes(':') ? [] : [labels.slice(-2).join('.')];
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

/** Without dots and hyphens at the end. By hand: an expression tries a run of them anew from each of its signs. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '.' || text[end - 1] === '-')) end--;
  return text.slice(0, end);
}
