/** The tag grammar of the OCI distribution specification; `facts.md` §4 notes that registries can list anything. */
const TAG_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Says whether a listed name is a legal tag. Only such names may be put into a URL. */
export function isTagName(name: unknown): name is string {
  return typeof name === 'string' && TAG_NAME.test(name);
}
