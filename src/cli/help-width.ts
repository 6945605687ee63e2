/** The widths that help is laid out for when the package is built. */
export const HELP_WIDTHS = [120, 100, 80] as const;

/** Where nobody knows a width: a pipe, a file. */
const WITHOUT_TERMINAL = 100;

/** The width of help on a terminal of so many columns: the widest of the built ones that fits, else its own. */
export function helpWidth(columns: number = WITHOUT_TERMINAL): number {
  return HELP_WIDTHS.find((width) => width <= columns) ?? columns;
}
