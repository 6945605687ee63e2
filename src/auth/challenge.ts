/** One challenge of a `WWW-Authenticate` header (RFC 9110, section 11.6.1). */
export type Challenge = {
  /** Lower-cased, since schemes are compared without regard to case. */
  readonly scheme: string;
  /** Parameter names in lower case; of a repeated one the first. No prototype. */
  readonly params: Readonly<Record<string, string>>;
  readonly token68?: string;
};

const LONGEST_HEADER = 16 * 1024;
const MOST_CHALLENGES = 32;
const MOST_PARAMS = 64;

// Sticky expressions without nested repetition: each moves over a character once.
const SEPARATORS = /[ \t,]*/y;
const SPACES = /[ \t]*/y;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
// Registries are seen to send `realm=https://host/token` without quotes; a strict token would lose it.
const UNQUOTED = /[^ \t,"]+/y;
const TO_COMMA = /[^,"]*/y;

/**
 * Reads a `WWW-Authenticate` value: several challenges in one header (or several headers joined by commas),
 * quoted strings with escapes, token68, empty list elements, blanks around `=`. Never throws: what cannot be
 * read is left out. Looks at no more than 16 KiB, 32 challenges and 64 parameters each, in linear time.
 */
export function parseChallenges(header: string): Challenge[] {
  const reader = createReader(header.slice(0, LONGEST_HEADER));
  const challenges: { scheme: string; params: Record<string, string>; token68?: string }[] = [];
  for (;;) {
    reader.take(SEPARATORS);
    if (reader.atEnd()) return challenges;
    const current = challenges.at(-1);
    const name = reader.take(TOKEN);
    if (name === null) {
      reader.skipElement();
      continue;
    }
    const blank = reader.take(SPACES) ?? '';
    if (reader.takeEquals()) {
      reader.take(SPACES);
      const value = reader.takeValue();
      if (value === null) reader.skipElement();
      else if (current !== undefined) addParam(current.params, name.toLowerCase(), value);
      continue;
    }
    if (challenges.length === MOST_CHALLENGES) return challenges;
    const token68 = blank === '' ? null : reader.take(TOKEN68);
    challenges.push({
      scheme: name.toLowerCase(),
      params: Object.create(null),
      ...(token68 === null ? {} : { token68 }),
    });
    // `Bearer` directly followed by something that is neither blank nor comma is no scheme's end.
    if (blank === '' && !reader.atElementEnd()) reader.skipElement();
    if (token68 === null) reader.skipBareWords();
  }
}

/** The first challenge of a scheme, given in lower case. */
export function findChallenge(challenges: readonly Challenge[], scheme: string): Challenge | undefined {
  return challenges.find((challenge) => challenge.scheme === scheme);
}

/**
 * The `error` a registry gave with its Bearer challenge (RFC 6750, section 3.1), e.g. `invalid_token` or
 * `insufficient_scope`; null when there is none.
 */
export function challengeError(header: string | null): string | null {
  return findChallenge(parseChallenges(header ?? ''), 'bearer')?.params.error ?? null;
}

function addParam(params: Record<string, string>, name: string, value: string): void {
  if (!(name in params) && Object.keys(params).length < MOST_PARAMS) params[name] = value;
}

function createReader(text: string) {
  let position = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found !== null) position = pattern.lastIndex;
    return found;
  };
  const take = (pattern: RegExp): string | null => match(pattern)?.[0] ?? null;
  const atEnd = () => position >= text.length;
  const atElementEnd = () => atEnd() || text[position] === ',';
  const skipElement = () => {
    while (!atElementEnd()) {
      if (text[position] !== '"') take(TO_COMMA);
      // A quote that is never closed swallows the rest: commas in it cannot be told from separators.
      else if (match(QUOTED) === null) position = text.length;
    }
  };
  return {
    take,
    atEnd,
    atElementEnd,
    skipElement,
    takeEquals(): boolean {
      if (text[position] !== '=') return false;
      position++;
      return true;
    },
    takeValue(): string | null {
      const quoted = match(QUOTED);
      if (quoted !== null) return (quoted[1] ?? '').replace(/\\([\s\S])/g, '$1');
      return text[position] === '"' ? null : take(UNQUOTED);
    },
    /** After `Scheme `: a word that is not the start of `name=value` (nor token68) belongs to nothing. */
    skipBareWords(): void {
      const start = position;
      const word = take(TOKEN);
      if (word === null) return;
      take(SPACES);
      if (text[position] === '=') position = start;
      else skipElement();
    },
  };
}
