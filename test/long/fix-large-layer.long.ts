import { largeLayerTests } from '../support/large-layer-cases.ts';
import { describeReal } from '../support/real-registry.ts';

describeReal('a layer of 2 GiB', () => largeLayerTests(2 * 1024 ** 3, 600_000));
