// Writes docs/reliability.md from what the hostile tests counted (reports/hostile, by `npm run test:hostile`).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each file of figures is about; one that is not named here goes by its own name. */
const TOPICS = {
  faults: 'faults of a registry',
  'faults-lists': 'lists, redirects and digests that mislead',
  'faults-access': 'connections, tokens and certificates',
  injection: 'hostile names and messages',
  'injection-live': 'hostile names and messages from a running server',
  differential: 'verdicts against an independent oracle',
  fuzz: 'parsers under random input',
  kills: 'fixes killed and disturbed',
  'long-run': 'scanning in a loop',
};

const INTRODUCTION = `# When the registry is broken

What the tool promises when a site, or something in front of it, misbehaves:

- What can be read gets its right verdict, and everything else is \`INCOMPLETE\`: what was not read is never called equal,
  missing or deletable.
- Whatever is unread is named with its reason and the next step, and the exit code is 2, or 4 where the site lets nobody in.
- A run ends: answers, pages, redirects, retries and waiting are bounded, memory too, and no credential leaves its host.
- A site that is gone in the middle of a run is waited for: it is looked for after 2, 4, 8 … s, \`--retries\` times (5: about
  a minute). When it is back, the repositories that it failed in are read once more, in the first reading as in the second
  one of what differed, and the run goes on; when not, the rest is unread, and \`scan --resume\` goes on with it later. A
  site is gone when it says nothing of three tags in a row, or of a repository's list, and nothing at \`/v2/\` either. A
  look below the tags (\`--deep\`) and a fix do not wait: each request of theirs is repeated as \`--retries\` says.
- Where \`/v2/\` works and 21 tags in a row cost all retries and gave nothing but 502, 503, 504 or no answer, the rest of
  the repository's tags are unread; after 20 repositories in a row of which nothing was read for such a reason, the rest
  of the repositories.

Every row below is a run of the built command against real registries that differ in four tags and stumble over a fifth, with a
proxy on real sockets in between that breaks one kind of answer. A run that gets over the fault therefore exits with 1, and is
checked to say of every tag what was put there. Written by \`npm run docs\` from what \`npm run test:hostile\` saw.`;

function figuresIn(directory) {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  const known = Object.keys(TOPICS);
  const place = (name) => (known.includes(name) ? known.indexOf(name) : known.length);
  return files
    .map((file) => file.replace(/\.json$/, ''))
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map((name) => ({ name, figures: JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8')) }));
}

/** One line for the places in which a fault comes to the same. */
function grouped(rows) {
  const groups = new Map();
  for (const row of rows) {
    const key = JSON.stringify([row.fault, row.says.split(/[:\s]/, 1)[0], row.exit]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}

/** `tag list (both sites), one manifest (secondary)`. */
function placesOf(rows) {
  const sides = new Map();
  for (const { where } of rows) {
    const [side, place] = where.split(': ');
    sides.set(place, [...(sides.get(place) ?? []), side]);
  }
  return [...sides].map(([place, of]) => `${place} (${of.length > 1 ? 'both sites' : of[0]})`).join('; ');
}

function cell(text) {
  return text.replace(/[\\|<>`*_[\]]/g, '\\$&').replace(/\s+/g, ' ');
}

function table(entries) {
  const rows = grouped(entries.flatMap(({ figures }) => figures.rows ?? []));
  return [
    '| fault | where | what the tool says | exit code |',
    '| --- | --- | --- | --- |',
    ...rows.map((alike) => {
      const [{ fault, says, exit }] = alike;
      return `| ${[fault, placesOf(alike), says].map(cell).join(' | ')} | ${exit} |`;
    }),
  ].join('\n');
}

/** Numbers alone; `{ a: { b: 1 } }` is `a b: 1`. */
function numbersOf(figures, prefix = '') {
  return Object.entries(figures).flatMap(([name, value]) => {
    const words = `${prefix}${name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}`;
    if (typeof value === 'number') return [`${words}: ${value.toLocaleString('en-US')}`];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? numbersOf(value, `${words} `) : [];
  });
}

/** The whole page from the figures in a directory. */
export function reliabilityPage(directory) {
  const entries = figuresIn(directory);
  const tried = entries.map(
    ({ name, figures }) => `| ${TOPICS[name] ?? name} | ${numbersOf(figures).map(cell).join('; ')} |`,
  );
  return [
    INTRODUCTION,
    table(entries),
    '## What was tried',
    ['| what | figures |', '| --- | --- |', ...tried].join('\n'),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

/** Writes docs/reliability.md. */
export function generateReliability() {
  writeFileSync(join(root, 'docs', 'reliability.md'), reliabilityPage(join(root, 'reports', 'hostile')));
}
