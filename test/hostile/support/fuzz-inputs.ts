import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** How many inputs are drawn at a time; a batch is a function of corpus, seed and number. */
export const BATCH = 200;

/** What grammars of this tool's inputs are made of, and what breaks parsers of all kinds. */
const TOKENS = [
  ...[
    '"',
    "'",
    '`',
    '\\',
    '\\"',
    '\\u0000',
    '\\ud800',
    '\r\n',
    '\n',
    '\r',
    '\t',
    '\0',
    ' ',
    '\uFEFF',
    '\u202E',
    '\u2028',
  ],
  ...[
    ',',
    ';',
    ':',
    '=',
    '/',
    '//',
    '@',
    '<',
    '>',
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    '#',
    '*',
    '-',
    '--',
    '.',
    '..',
    '_',
    '__',
    '%',
    '?',
  ],
  ...[
    'null',
    'true',
    'false',
    '{}',
    '[]',
    '""',
    '0',
    '-0',
    '-1',
    '1e999',
    '9007199254740993',
    '0.1',
    '1e-400',
    'NaN',
    '18446744073709551616',
  ],
  ...[
    '"__proto__":',
    '"constructor":',
    '"toString":',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '"length":-1',
    ',"a":[',
    ':{"a":',
  ],
  ...[
    'Bearer ',
    'Basic ',
    'realm="',
    'scope=',
    'error="invalid_token"',
    '; rel="next"',
    'rel=next',
    '</v2/',
    'https://',
    'http://[::1]:5000/',
  ],
  ...[
    'sha256:',
    `sha256:${'a'.repeat(64)}`,
    'group/project',
    ':latest',
    'docker.io/',
    '../',
    '%2f',
    '%00',
    '&a ',
    '*a',
    '<<: ',
    '!!binary ',
    '? ',
    '---\n',
    '|\n',
  ],
  ...[
    'tag,digest\n',
    'path,state\n',
    'import',
    'error',
    'importing tag: ',
    'name=',
    'on repository ',
    'level=error ',
    '\x1b[31m',
    '\x1f\x8b',
  ],
].map((token) => Buffer.from(token));
const PAIRS = [
  ...[
    ['[', ']'],
    ['{"a":', '}'],
    ['(', ')'],
    ['"', '"'],
    ['<', '>'],
    ['[{"a":', '}]'],
    ['{a: ', '}'],
    ['- ', ''],
    ['\\', ''],
    ['? ', ''],
  ],
].map(([open = '', close = '']) => [Buffer.from(open), Buffer.from(close)] as const);

const place = fc.nat(1_000_000);
const token = fc.nat(TOKENS.length - 1);
/** Mostly a few, now and then tens of thousands. */
const many = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1000, max: 70_000 }) },
);

const mutation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('flip' as const), at: place, byte: fc.nat(255) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cut' as const), at: place, length: fc.nat(40) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('insert' as const), at: place, token }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      at: place,
      length: fc.integer({ min: 1, max: 60 }),
      times: many,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('stutter' as const), at: place, token, times: many }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('splice' as const), at: place, other: fc.nat(), from: place }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), at: place }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('nest' as const),
      at: place,
      pair: fc.nat(PAIRS.length - 1),
      times: many,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('number' as const), at: place, token }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('text' as const),
      at: place,
      text: fc.string({ unit: 'binary', maxLength: 30 }),
    }),
  },
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;
const recipe = fc.record({ base: fc.nat(), mutations: fc.array(mutation, { minLength: 1, maxLength: 6 }) });

/** The committed inputs of a target, in the order of their names. */
export function readCorpus(directory: string): Buffer[] {
  return readdirSync(directory)
    .sort()
    .map((name) => readFileSync(join(directory, name)));
}

/** One batch of mutated inputs, none longer than `largest` bytes; the same for the same arguments. */
export function* inputsOf(
  corpus: readonly Buffer[],
  seed: number,
  batch: number,
  largest: number,
): Generator<Buffer> {
  const recipes = fc.sample(recipe, { seed: (seed * 1_000_003 + batch) | 0, numRuns: BATCH });
  for (const { base, mutations } of recipes) {
    let input: Buffer = corpus[base % corpus.length] ?? Buffer.alloc(0);
    for (const one of mutations) input = mutated(input, one, corpus).subarray(0, largest);
    yield input;
  }
}

function mutated(input: Buffer, change: Mutation, corpus: readonly Buffer[]): Buffer {
  const at = Math.floor((change.at / 1_000_001) * (input.length + 1));
  const put = (...parts: readonly Buffer[]) =>
    Buffer.concat([input.subarray(0, at), ...parts, input.subarray(at)]);
  switch (change.kind) {
    case 'flip': {
      const copy = Buffer.from(input);
      if (at < copy.length) copy[at] = change.byte;
      return copy;
    }
    case 'cut':
      return Buffer.concat([input.subarray(0, at), input.subarray(at + change.length)]);
    case 'insert':
      return put(TOKENS[change.token] ?? Buffer.alloc(0));
    case 'repeat':
      return put(repeated(input.subarray(at, at + change.length), change.times));
    case 'stutter':
      return put(repeated(TOKENS[change.token] ?? Buffer.alloc(0), change.times));
    case 'splice': {
      const other = corpus[change.other % corpus.length] ?? input;
      const from = Math.floor((change.from / 1_000_001) * (other.length + 1));
      return Buffer.concat([input.subarray(0, at), other.subarray(from)]);
    }
    case 'truncate':
      return input.subarray(0, at);
    case 'nest': {
      const [open, close] = PAIRS[change.pair] ?? [Buffer.alloc(0), Buffer.alloc(0)];
      return put(repeated(open, change.times), repeated(close, change.times));
    }
    case 'number': {
      const text = input.toString('latin1');
      const digits = /\d+/.exec(text.slice(at));
      if (digits === null) return input;
      const start = at + digits.index;
      const end = start + digits[0].length;
      return Buffer.concat([
        input.subarray(0, start),
        TOKENS[change.token] ?? Buffer.alloc(0),
        input.subarray(end),
      ]);
    }
    case 'text':
      return put(Buffer.from(change.text));
  }
}

/** At most half a megabyte of it. */
function repeated(part: Buffer, times: number): Buffer {
  return part.length === 0 ? part : Buffer.alloc(Math.min(part.length * times, 500_000), part);
}
