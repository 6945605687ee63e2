import { largeLayerTests } from '../support/large-layer-cases.ts';
import { describeReal } from '../support/real-registry.ts';

// 2 GiB are in test/long.
describeReal('a layer of 64 MiB', () => largeLayerTests(64 * 1024 * 1024, 180_000));
