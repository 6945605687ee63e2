/** Variables of the developer's machine that would change what the tool does: proxies, credentials, colour. */
const FOREIGN =
  /^(?:(?:https?|no|all|ftp)_proxy|registry_.*|docker_config|xdg_runtime_dir|ssl_cert_(?:file|dir)|no_color|force_color|node_options|node_extra_ca_certs|geo_registry_audit_.*)$/i;

/** What the tests themselves read, although the name looks foreign. */
const OURS = new Set(['REGISTRY_BIN']);

/**
 * A copy of an environment without proxies, credentials, colour switches and this tool's own variables, so
 * that a test sees what it sets and nothing else.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => OURS.has(name) || !FOREIGN.test(name)));
}
