// What the generated documents take from the source itself. One module, so that all of it is of one build.
export { COMMANDS } from '../src/cli/commands/index.ts';
export { fillDemo } from '../src/demo/drift.ts';
export { startEmbeddedDependencyProxy } from '../src/demo/embedded-dependency-proxy.ts';
export { startEmbeddedRegistry } from '../src/demo/embedded-registry.ts';
export * as images from '../src/demo/images.ts';
export { GEO_REGISTRY_FIELDS, IGNORED_COLUMNS } from '../src/gitlab/geo-registry-columns.ts';
export { CAUSES } from '../src/report/causes.ts';
export { SCHEMAS } from '../src/report/json-schema.ts';
export { REPORTERS } from '../src/reporters/index.ts';
