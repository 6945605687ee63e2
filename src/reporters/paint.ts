const CODES = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

/** Puts a colour on a text. What the colour says is always said by the text as well. */
export type Paint = (color: keyof typeof CODES, text: string) => string;

/** A painter that paints, or one that leaves the text as it is. */
export function painter(color: boolean): Paint {
  return color ? (name, text) => `\u001b[${CODES[name]}m${text}\u001b[0m` : (_, text) => text;
}
