import { DEMO_REPOSITORIES, fillDemo } from './drift.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from './embedded-registry.ts';

/** Two embedded GitLab-like registries with typical drift between them. */
export interface Demo {
  readonly primary: EmbeddedRegistry;
  readonly secondary: EmbeddedRegistry;
  readonly repositories: readonly string[];
  close(): Promise<void>;
}

/** Starts the demo's two sites on free ports of this machine. */
export async function startDemo(): Promise<Demo> {
  const primary = await startEmbeddedRegistry();
  const secondary = await startEmbeddedRegistry();
  fillDemo(primary.storage, secondary.storage);
  return {
    primary,
    secondary,
    repositories: DEMO_REPOSITORIES,
    close: async () => {
      await Promise.all([primary.close(), secondary.close()]);
    },
  };
}
