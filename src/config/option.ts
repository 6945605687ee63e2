/** How an option's text becomes a value. Every kind is parsed from text here, so that errors name the flag. */
export type OptionKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'list' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly integer?: boolean };

/** One option: the same name as a flag and, unless it is one alone, an environment variable and a key of the file. */
export type Option = OptionKind & {
  /** For `--help`; no full stop. */
  readonly describe: string;
  /** The heading it stands under in `--help`. */
  readonly group: string;
  /** What holds when nobody says anything, as text; the reason is in a comment beside it. */
  readonly default?: string;
  /** The word for its value in `--help`. */
  readonly value?: string;
  readonly alias?: string;
  /**
   * What the environment and the configuration file say under this name is meant for other commands, and is not even
   * looked at: the directory of reports is no place for the one file of a snapshot.
   */
  readonly flagOnly?: true;
};

export type Options = Readonly<Record<string, Option>>;

/** The environment variable of an option: `primary-url` → `GEO_REGISTRY_AUDIT_PRIMARY_URL`. */
export function environmentName(option: string): string {
  return `GEO_REGISTRY_AUDIT_${option.toUpperCase().replaceAll('-', '_')}`;
}
