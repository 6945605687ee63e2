/** A size of a section: `name` of the environment, or the one that issue 7 asks for. @throws Error for what is none */
export function sizeOf(name: string, size: number): number {
  return sizesOf(name, [size])[0] ?? size;
}

/** Several sizes, separated by commas. @throws Error for what is none */
export function sizesOf(name: string, sizes: readonly number[]): readonly number[] {
  const given = process.env[name];
  if (given === undefined || given === '') return sizes;
  const parsed = given.split(',').map(Number);
  if (parsed.every((size) => Number.isInteger(size) && size > 0)) return parsed;
  throw new Error(`${name}: expected whole numbers above 0, got ${given}`);
}
