import {
  type Inspection,
  nodesOf,
  type SiteInspection,
  type TreeDifference,
  type TreeNode,
} from '../../report/inspection.ts';
import { SITES } from '../../report/report.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import { painter } from '../paint.ts';
import { plural } from '../plural.ts';
import { alignedLines, errorLines, type InspectView, paragraph, sizeWords } from './layout.ts';

const STATE_WORDS = {
  present: '',
  missing: 'MISSING',
  corrupt: 'CORRUPT',
  foreign: 'foreign, not distributed',
  unread: 'not read',
} as const satisfies Record<TreeNode['state'], string>;

/**
 * One reference on both sites for people: each Accept profile, the tree with what is missing, where the sites
 * differ, how to pull each platform, and at the end what it all means.
 */
export function* inspectionTable(inspection: Inspection, view: InspectView): Generator<string> {
  const { reference, sites, differences } = inspection;
  const paint = painter(view.color);
  const name = reference.tag === undefined ? `@${reference.digest}` : `:${reference.tag}`;
  yield `${paint('bold', escapeTerminal(`${reference.repository}${name}`))}\n`;
  for (const site of SITES) {
    yield `\n${paint('bold', `${site}  ${escapeTerminal(sites[site].url)}`)}\n`;
    yield* siteLines(sites[site], view);
  }
  if (differences.length > 0) {
    yield `\n${paint('bold', 'The sites differ in')}\n`;
    yield* alignedLines([
      ['in', 'what', 'primary', 'secondary'],
      ...differences.map((one) => [
        one.in === '' ? '(the image)' : escapeTerminal(one.in, 60),
        whatWords(one),
        escapeTerminal(one.primary ?? '-', 80),
        escapeTerminal(one.secondary ?? '-', 80),
      ]),
    ]);
  }
  yield* pullSection(inspection, view);
  const color =
    inspection.verdict === 'SAME' ? 'green' : inspection.verdict === 'INCOMPLETE' ? 'yellow' : 'red';
  yield `\n${paint(color, inspection.verdict)}\n`;
  yield paragraph(meaning(inspection), view, '');
}

function* siteLines(site: SiteInspection, view: InspectView): Generator<string> {
  yield* alignedLines([
    ['Accept', 'HTTP', 'media type', 'digest or words'],
    ...site.profiles.map(({ profile, status, mediaType, digest, message }) => [
      profile,
      status === null ? '-' : String(status),
      escapeTerminal(mediaType ?? '-', 80),
      escapeTerminal(digest ?? message ?? 'no digest header', 200),
    ]),
  ]);
  if (site.body !== null) {
    const { bytes, digest, headerDigest, matches } = site.body;
    const verdict = matches
      ? `hashes to what the registry says, ${digest}`
      : `hashes to ${digest}, NOT to what the registry says (${headerDigest ?? 'the digest asked for'})`;
    yield paragraph(`body: ${plural(bytes, 'byte')}, ${verdict}`, view);
  }
  if (site.tree !== null) yield* treeLines(site.tree);
  yield* errorLines(site.errors, view);
}

function* treeLines(tree: TreeNode): Generator<string> {
  const rows: string[][] = [['tree', 'platform', 'size', 'digest', '']];
  const add = (node: TreeNode, depth: number) => {
    const words = node.state === 'corrupt' ? `CORRUPT: ${node.found ?? ''}` : STATE_WORDS[node.state];
    rows.push([
      '  '.repeat(depth) + node.role,
      escapeTerminal(node.platform ?? '', 40),
      sizeWords(node.size),
      escapeTerminal(node.digest, 140),
      escapeTerminal(words, 200),
    ]);
    for (const part of node.parts) add(part, depth + 1);
  };
  add(tree, 0);
  yield* alignedLines(rows);
}

function whatWords({ what, which }: TreeDifference): string {
  return which === null ? what : `${what} ${escapeTerminal(which, 60)}`;
}

function* pullSection({ pull }: Inspection, { color }: InspectView): Generator<string> {
  const rows = pull.flatMap(({ platform, ...line }) =>
    SITES.flatMap((site) => {
      const command = line[site];
      return command === null
        ? []
        : [[escapeTerminal(platform ?? 'image', 40), site, escapeTerminal(command)]];
    }),
  );
  if (rows.length === 0) return;
  yield `\n${painter(color)('bold', 'Pull by digest, whatever the tag does')}\n`;
  yield* alignedLines(rows);
}

function meaning({ verdict, reference, sites, differences }: Inspection): string {
  const name = `${reference.repository}${reference.tag === undefined ? '@' : ':'}${reference.tag ?? reference.digest}`;
  if (verdict === 'ABSENT') return `${name} is on neither site: check the repository path and the tag.`;
  const states = SITES.filter((site) => sites[site].state !== 'resolved').map(
    (site) => `${site}: ${stateWords(sites[site])}`,
  );
  if (verdict === 'INCOMPLETE')
    return `Not everything could be read${states.length > 0 ? ` (${states.join('; ')})` : ''}: nothing is concluded.`;
  if (verdict === 'SAME') return 'Both sites have the same image, and all of it.';
  const faults = SITES.flatMap((site) => faultWords(site, sites[site]));
  const isSame = states.length === 0 && sites.primary.body?.digest === sites.secondary.body?.digest;
  const what = differences.every((one) => one.what === 'bytes only')
    ? 'they say the same in other bytes'
    : plural(differences.length, 'difference');
  const image = isSame ? ['the digests are equal'] : differences.length > 0 ? [what] : [];
  return `${[...states, ...image, ...faults].join('; ')}.`.replace(/^./, (first) => first.toUpperCase());
}

function stateWords({ state, profiles }: SiteInspection): string {
  if (state === 'absent') return 'not there';
  const wide = profiles.find(({ profile }) => profile === 'wide') ?? profiles.at(-1);
  const answer = wide?.status === null || wide === undefined ? 'no answer' : `HTTP ${wide.status}`;
  return state === 'unresolvable' ? `cannot resolve it (${answer})` : `could not be read (${answer})`;
}

function faultWords(site: string, { body, tree }: SiteInspection): string[] {
  const nodes = [...nodesOf(tree)];
  const missing = nodes.filter(({ state }) => state === 'missing').length;
  const corrupt = nodes.filter(({ state }) => state === 'corrupt').length;
  return [
    ...(body !== null && !body.matches ? [`${site}: the body is not what its digest says`] : []),
    ...(missing > 0 ? [`${site} lacks ${plural(missing, 'part')}`] : []),
    ...(corrupt > 0 ? [`${site} has ${plural(corrupt, 'corrupt part')}`] : []),
  ];
}
