/** The formats `--format` knows. Apart from the reporters, so that `--help` can name them without loading any. */
export const FORMATS = ['json', 'csv', 'table', 'html', 'markdown', 'junit', 'ndjson'] as const;

/** A name of `--format`. */
export type Format = (typeof FORMATS)[number];

/** What is written when `--format` is not given. */
export const DEFAULT_FORMATS = ['json', 'csv', 'table'] as const satisfies readonly Format[];
