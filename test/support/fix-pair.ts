import { type EmbeddedRegistry, startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import { type BuiltImage, storeImage } from '../../src/demo/images.ts';
import type { RegistryOptions } from '../../src/demo/registry-options.ts';

const READS = new Set(['GET', 'HEAD']);

/** Two embedded registries for a fix. */
export interface FixPair {
  readonly primary: EmbeddedRegistry;
  readonly secondary: EmbeddedRegistry;
  put(where: 'primary' | 'secondary' | 'both', path: string, tag: string, image: BuiltImage): void;
  /** The links of the secondary's tags. */
  links(path: string): Record<string, string>;
  /** Every request that was not a read, of both sites. */
  writes(): string[];
  close(): Promise<void>;
}

export async function startFixPair(options: Partial<RegistryOptions> = {}): Promise<FixPair> {
  const [primary, secondary] = await Promise.all([
    startEmbeddedRegistry(options),
    startEmbeddedRegistry(options),
  ]);
  return {
    primary,
    secondary,
    put(where, path, tag, image) {
      if (where !== 'secondary') storeImage(primary.storage, path, image, tag);
      if (where !== 'primary') storeImage(secondary.storage, path, image, tag);
    },
    links(path) {
      const tags = secondary.storage.repositories.get(path)?.tags ?? new Map();
      return Object.fromEntries([...tags].map(([name, { link }]) => [name, link]));
    },
    writes: () =>
      [primary, secondary].flatMap(({ requests }) =>
        requests.filter(({ method }) => !READS.has(method)).map(({ method, path }) => `${method} ${path}`),
      ),
    close: async () => {
      await Promise.all([primary.close(), secondary.close()]);
    },
  };
}
