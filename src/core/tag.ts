/** The tag grammar of the OCI distribution specification; registries can list anything (`docs/facts.md` §4). */
const TAG_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Says whether a listed name is a legal tag. Only such names may be put into a URL. */
export function isTagName(name: unknown): name is string {
  return typeof name === 'string' && TAG_NAME.test(name);
}
