import { compareBytes } from '../core/byte-order.ts';

/** A token scope as the token services know it: `repository:group/project:pull,push`. */
export type Scope = { readonly type: string; readonly name: string; readonly actions: readonly string[] };

/**
 * Reads one scope. The name may hold colons (`host:5000/path`), so the type ends at the first colon and the
 * actions begin after the last one.
 * @returns null for anything that is not of that shape
 */
export function parseScope(text: string): Scope | null {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  if (first < 1 || last <= first + 1 || /[\s"]/.test(text)) return null;
  const actions = text
    .slice(last + 1)
    .split(',')
    .filter((action) => action !== '');
  return { type: text.slice(0, first), name: text.slice(first + 1, last), actions };
}

/**
 * One scope a resource, its actions joined and sorted, resources sorted, all by bytes: the canonical form of
 * a set of scopes and the key of its token. What is no scope is left out.
 */
export function mergeScopes(texts: readonly string[]): string[] {
  const actionsOf = new Map<string, Set<string>>();
  for (const text of texts) {
    const scope = parseScope(text);
    if (scope === null) continue;
    const resource = `${scope.type}:${scope.name}`;
    const actions = actionsOf.get(resource) ?? new Set();
    for (const action of scope.actions) actions.add(action);
    actionsOf.set(resource, actions);
  }
  return [...actionsOf]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([resource, actions]) => `${resource}:${[...actions].sort(compareBytes).join(',')}`);
}

/** The scopes of a challenge's `scope` parameter, which holds several separated by spaces. */
export function scopesOfChallenge(parameter: string | undefined): string[] {
  return (parameter ?? '').split(' ').filter((scope) => scope !== '');
}
