import { DEMO_REPOSITORIES, fillDemo } from './drift.ts';
import { type EmbeddedRegistry, startEmbeddedRegistry } from './embedded-registry.ts';
import { RegistryStorage } from './storage.ts';

/** When the demo's images were pushed: the same in every run, and the secondary's before what moved on the primary. */
const PUSHED = { primary: Date.UTC(2026, 10, 20, 8, 30), secondary: Date.UTC(2026, 10, 17, 16, 5) };

/** Two embedded GitLab-like registries with typical drift between them. */
export interface Demo {
  readonly primary: EmbeddedRegistry;
  readonly secondary: EmbeddedRegistry;
  readonly repositories: readonly string[];
  close(): Promise<void>;
}

/** Starts the demo's two sites on free ports of this machine. */
export async function startDemo(): Promise<Demo> {
  const primary = await startEmbeddedRegistry({ storage: new RegistryStorage(() => PUSHED.primary) });
  const secondary = await startEmbeddedRegistry({ storage: new RegistryStorage(() => PUSHED.secondary) });
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
