/**
 * Which of `count` shards a name belongs to, from 1: the same on every machine and in every release, with no list
 * of what the others do. FNV-1a over UTF-8 with murmur3's finaliser, which spreads names that differ in one
 * character over all shards.
 */
export function shardOf(name: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (((hash ^ (hash >>> 16)) >>> 0) % count) + 1;
}
