/** A source file: its path below `src/` with forward slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * The rooms from top to bottom, a line each as in `docs/development.md`. A file may import from its own room and
 * from every line below its own; the two files of the last line know nothing of each other.
 */
export const LINES: readonly (readonly string[])[] = [
  ['main.ts'],
  ['cli'],
  ['config'],
  ['demo'],
  ['reconcile'],
  ['audit'],
  ['reporters'],
  ['gitlab'],
  ['report'],
  ['verifier'],
  ['registry'],
  ['auth'],
  ['http'],
  ['core'],
  ['errors.ts', 'logger.ts'],
];

interface PlaceRule {
  readonly what: string;
  readonly pattern: RegExp;
  readonly allowedIn: readonly string[];
}

/** What may be done in few rooms only. Patterns run over code without comments. */
const PLACE_RULES: readonly PlaceRule[] = [
  { what: 'console', pattern: /\bconsole\s*[.[]/, allowedIn: [] },
  { what: 'process.stdout', pattern: /\bprocess\s*\.\s*stdout\b/, allowedIn: ['cli'] },
  { what: 'process.exitCode', pattern: /\bprocess\s*\.\s*exitCode\b/, allowedIn: ['main.ts'] },
  { what: 'process.exit()', pattern: /\bprocess\s*\.\s*exit\s*\(/, allowedIn: [] },
  { what: 'localeCompare', pattern: /\blocaleCompare\b|\bIntl\s*\.\s*Collator\b/, allowedIn: [] },
  // A list spread into a call is on the stack, which some 125,000 are too many for.
  { what: 'push(...list)', pattern: /\.(?:push|unshift)\s*\(\s*\.\.\./, allowedIn: [] },
  { what: 'global fetch', pattern: /(?<![.\w$])fetch\s*\(|\bglobalThis\s*\.\s*fetch\b/, allowedIn: [] },
];

const MODULE_RULES: readonly PlaceRule[] = [
  { what: 'undici', pattern: /^undici(?:\/|$)/, allowedIn: ['http'] },
  { what: 'a server', pattern: /^(?:node:)?(?:https?|http2)$/, allowedIn: ['demo'] },
];

/**
 * Every breach of the house's import and place rules in the given files, one sentence each.
 * An empty list means the rules hold.
 */
export function findViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const code = withoutComments(file.text);
    const room = roomOf(file.path);
    return [
      ...importsOf(code).flatMap((specifier) => judgeImport(file.path, room, specifier)),
      ...PLACE_RULES.filter((rule) => rule.pattern.test(code) && !rule.allowedIn.includes(room)).map(
        (rule) => `${file.path}: ${rule.what} is not for ${room}`,
      ),
    ];
  });
}

function judgeImport(path: string, room: string, specifier: string): string[] {
  if (!specifier.startsWith('.')) {
    return MODULE_RULES.filter((rule) => rule.pattern.test(specifier) && !rule.allowedIn.includes(room)).map(
      (rule) => `${path}: imports ${specifier}; ${rule.what} is not for ${room}`,
    );
  }
  const target = resolveWithin(path, specifier);
  if (target === null) return [`${path}: imports ${specifier}, outside src`];
  if (!target.endsWith('.ts') && !target.endsWith('.json'))
    return [`${path}: imports ${specifier} without .ts`];
  const targetRoom = roomOf(target);
  if (targetRoom === room) return [];
  const from = lineOf(room);
  const to = lineOf(targetRoom);
  if (from < 0) return [`${path}: ${room} is no room of the design`];
  if (to < 0) return [`${path}: imports ${target}; ${targetRoom} is no room of the design`];
  if (to > from) return [];
  return [`${path}: imports ${target}, ${to === from ? 'sideways' : 'up'} from ${room} to ${targetRoom}`];
}

function roomOf(path: string): string {
  return path.split('/', 1)[0] ?? path;
}

function lineOf(room: string): number {
  return LINES.findIndex((line) => line.includes(room));
}

/** The path below `src/` that a relative specifier names; null when it leaves `src/`. */
function resolveWithin(from: string, specifier: string): string | null {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The specifiers of static imports, re-exports, side-effect imports, `import()` and `require()`. */
function importsOf(code: string): string[] {
  const pattern = /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\()\s*(['"`])([^'"`\n]+)\1/g;
  return [...code.matchAll(pattern)].map((match) => match[2] ?? '');
}

/** Code with comments blanked; strings and templates are skipped over, so `'https://…'` stays whole. */
function withoutComments(text: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (found) => (found.startsWith('/') ? ' ' : found));
}
