import { existsSync } from 'node:fs';
import { compareBytes } from '../core/byte-order.ts';
import { closestWord } from '../core/closest-word.ts';
import { UsageError } from '../errors.ts';
import { type FileValue, readConfigFile } from './config-file.ts';
import { environmentName, type Option, type Options } from './option.ts';

/** Read when it is there and `--config` names no other. */
const DEFAULT_CONFIG_FILE = 'geo-registry-audit.yml';

/** Secrets that the environment may hold, which no flag takes as its value. */
const SECRETS = [
  ...['', 'primary-', 'secondary-'].flatMap((prefix) => [`${prefix}password`, `${prefix}token`]),
  'gitlab-token',
  'notification-token',
];

export type OptionValue = string | number | boolean | readonly string[] | null;

/** The values of a command's options, each with where it came from. */
export interface ResolvedOptions {
  text(name: string): string | null;
  number(name: string): number | null;
  flag(name: string): boolean;
  list(name: string): readonly string[];
  value(name: string): OptionValue;
  /** `flag --x`, `environment X`, `geo-registry-audit.yml, line 3` or `default`. */
  source(name: string): string;
  /** Whether the command has the option at all. */
  has(name: string): boolean;
  /** Whether anybody said anything. */
  given(name: string): boolean;
}

/** What the command line gave: text, a list of texts, or a boolean for each option named. */
export type CommandLine = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settles every option of a command: flag, else environment, else file, else default; `flagOnly` skips the two in
 * between. A value that cannot be is an error wherever it stands, and a key of the file that no command knows is one
 * too.
 *
 * @param known every option of every command: a file may serve all of them
 * @throws UsageError
 */
export function resolveOptions(
  options: Options,
  commandLine: CommandLine,
  environment: Environment,
  known: Options = options,
): ResolvedOptions {
  const file = configFile(commandLine, environment);
  for (const [name, { where }] of file) {
    if (!Object.hasOwn(known, name)) throw unknownKey(name, where, known);
  }
  checkEnvironment(environment, known);
  const values = new Map<string, { value: OptionValue; source: string }>();
  for (const [name, option] of Object.entries(options)) {
    const { raw, source } = rawValue(name, option, commandLine, environment, file);
    values.set(name, { value: raw === null ? null : parse(raw, option, source), source });
  }
  const get = (name: string) => {
    const entry = values.get(name);
    if (entry === undefined) throw new Error(`no such option: ${name}`);
    return entry;
  };
  return {
    text: (name) => get(name).value as string | null,
    number: (name) => get(name).value as number | null,
    flag: (name) => get(name).value === true,
    value: (name) => get(name).value,
    list: (name) => (get(name).value as readonly string[] | null) ?? [],
    source: (name) => get(name).source,
    has: (name) => values.has(name),
    given: (name) => get(name).source !== 'default',
  };
}

function unknownKey(name: string, where: string, known: Options): UsageError {
  if (['primary', 'secondary', 'gitlab'].includes(name)) {
    return new UsageError(`${where}: ${name} holds options of its own, not a value`, {
      hint: `Expected "${name}:" and below it, indented, lines such as "url: https://…".`,
    });
  }
  const guess = closestWord(name, Object.keys(known));
  return new UsageError(
    `${where}: unknown option ${name}${guess === null ? '' : ` (did you mean ${guess}?)`}`,
    {
      hint: 'Options are named as the flags are, without the dashes.',
    },
  );
}

/**
 * A misspelt variable would be a setting that is off without a word. Variables of secrets stand for no flag.
 * @throws UsageError naming the variable, never its value
 */
function checkEnvironment(environment: Environment, known: Options): void {
  const prefix = environmentName('');
  const names = [...Object.keys(known), ...SECRETS].map(environmentName);
  const unknown = Object.keys(environment).filter(
    (variable) => variable.startsWith(prefix) && environment[variable] && !names.includes(variable),
  );
  const [first] = unknown.sort(compareBytes);
  if (first === undefined) return;
  const guess = closestWord(
    first.slice(prefix.length),
    names.map((name) => name.slice(prefix.length)),
  );
  throw new UsageError(
    `environment ${first.slice(0, 100)}: no option has this variable${guess === null ? '' : ` (did you mean ${prefix}${guess}?)`}`,
    { hint: 'Variables are named as the flags are, in capitals, with _ for -.' },
  );
}

type Raw = string | boolean | readonly string[] | null;

function rawValue(
  name: string,
  option: Option,
  commandLine: CommandLine,
  environment: Environment,
  file: ReadonlyMap<string, FileValue>,
): { raw: Raw; source: string } {
  const flag = commandLine[name];
  const given = Array.isArray(flag) ? flag.length > 0 : flag !== undefined;
  if (given) {
    if (Array.isArray(flag) && option.kind !== 'list') throw new UsageError(`--${name} is given twice`);
    return {
      raw: Array.isArray(flag) ? flag.map(String) : typeof flag === 'boolean' ? flag : String(flag),
      source: `flag --${name}`,
    };
  }
  if (option.flagOnly) return { raw: option.default ?? null, source: 'default' };
  const variable = environmentName(name);
  const fromEnvironment = environment[variable];
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return { raw: fromEnvironment, source: `environment ${variable}` };
  const fromFile = file.get(name);
  if (fromFile !== undefined) return { raw: fromFile.value, source: `${fromFile.where} (${name})` };
  return { raw: option.default ?? null, source: 'default' };
}

function configFile(commandLine: CommandLine, environment: Environment): Map<string, FileValue> {
  const named = commandLine.config ?? environment[environmentName('config')];
  if (typeof named === 'string' && named !== '') return readConfigFile(named);
  return existsSync(DEFAULT_CONFIG_FILE) ? readConfigFile(DEFAULT_CONFIG_FILE) : new Map();
}

const YES = new Set(['true', 'yes', 'on', '1']);
const NO = new Set(['false', 'no', 'off', '0']);

function parse(raw: Exclude<Raw, null>, option: Option, source: string): OptionValue {
  const where = source.replace(/^flag /, '');
  const wrong = (expected: string) => new UsageError(`${where}: expected ${expected}, got ${shown(raw)}`);
  if (option.kind === 'list') {
    // An empty expression would match every tag, and an empty list is a mistake sooner than a wish.
    const list = typeof raw === 'object' ? raw : [String(raw)];
    if (list.includes('')) throw wrong('a value');
    return list;
  }
  if (option.kind === 'flag') {
    if (typeof raw === 'boolean') return raw;
    const word = String(raw).toLowerCase();
    if (!YES.has(word) && !NO.has(word)) throw wrong('true or false');
    return YES.has(word);
  }
  if (typeof raw !== 'string') throw wrong('one value');
  switch (option.kind) {
    case 'text':
      if (raw === '') throw wrong('a value');
      return raw;
    case 'choice':
      if (!option.choices.includes(raw)) throw wrong(`one of ${option.choices.join(', ')}`);
      return raw;
    case 'number': {
      const number = raw.trim() === '' ? Number.NaN : Number(raw);
      const { min, max, integer } = option;
      if (!(number >= min && number <= max) || (integer && !Number.isInteger(number))) {
        throw wrong(`${integer ? 'a whole number' : 'a number'} from ${min} to ${max}`);
      }
      return number;
    }
  }
}

function shown(raw: Raw): string {
  const text = JSON.stringify(raw);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
