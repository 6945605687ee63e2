import {
  type ChecksumPair,
  type Report,
  type RepositoryReport,
  SITES,
  type Verdict,
} from '../../report/report.ts';
import { causesOf } from '../next-steps.ts';
import { plural } from '../plural.ts';
import { evidenceWords, remarkWords } from '../repository-words.ts';
import { escapeHtml } from './escape-html.ts';
import { digestButton, statusBar, verdictPill } from './parts.ts';

const WORST_FIRST = ['INCOMPLETE', 'OUT-OF-SYNC', 'IN-SYNC'] as const satisfies readonly Verdict[];
/** So many repositories with findings begin unfolded. */
const MOST_OPEN = 10;
const MANY = 50;
const NAMED_TAGS = 10;
/** Paper has the worst of them; nobody leafs through thousands, and printing them takes minutes. */
const MOST_PRINTED = 100;

/** Every repository, worst first: verdict and bar at a glance, checksums, errors and causes when unfolded. */
export function* repositoriesSection({ repositories }: Report): Generator<string> {
  // Below the fold, many are drawn only when they are scrolled to.
  const many = repositories.length > MANY ? ' class="many"' : '';
  yield `<section aria-labelledby="repositories"${many}><h2 id="repositories">Repositories</h2>\n`;
  if (repositories.length === 0) yield '<p>No repository was compared.</p>\n';
  let open = MOST_OPEN;
  let printed = MOST_PRINTED;
  for (const verdict of WORST_FIRST) {
    for (const repository of repositories) {
      if (repository.verdict !== verdict) continue;
      yield repositoryText(repository, verdict !== 'IN-SYNC' && open-- > 0, printed-- > 0);
    }
  }
  if (printed < 0)
    yield `<p class="on-paper">… and ${plural(-printed, 'more repository')}: report.json and repositories.csv have them all.</p>\n`;
  yield '</section>\n';
}

function repositoryText(repository: RepositoryReport, open: boolean, isPrinted: boolean): string {
  const { path, verdict, counts } = repository;
  return [
    `<details class="repository v-${verdict}${isPrinted ? '' : ' off-paper'}"${open ? ' open' : ''}><summary><span class="name">${escapeHtml(path)}</span> `,
    `${verdictPill(verdict)} <span class="quiet">${tagsWords(repository)}</span></summary>\n<div class="body">`,
    // Without a tag that was compared there is no bar, and "no tags" might be untrue.
    counts.total > 0 ? statusBar(counts) : '',
    ...SITES.map((site) =>
      repository.presence[site] === false
        ? `<p>Not on the ${site}: its registry does not know the repository.</p>`
        : '',
    ),
    errorsText(repository),
    checksumsText(repository),
    ...remarkWords(repository).map((words) => `<p>${escapeHtml(words)}</p>`),
    causesText(repository),
    '</div></details>\n',
  ].join('');
}

function tagsWords({ counts, verdict }: RepositoryReport): string {
  const read = verdict === 'INCOMPLETE' ? ' with a verdict' : '';
  const skipped =
    counts.total === counts.MATCH
      ? ''
      : counts.silentlySkipped === null
        ? ', skipped silently: not read'
        : `, ${counts.silentlySkipped} skipped silently`;
  return `${plural(counts.total, 'tag')}${read}${skipped}`;
}

function errorsText({ errors }: RepositoryReport): string {
  if (errors.length === 0) return '';
  const items = errors.map(({ site, code, status, message, hint, tags = [] }) => {
    const named = tags.slice(0, NAMED_TAGS).map((tag) => `<code>${escapeHtml(tag, 128)}</code>`);
    const more = tags.length - named.length;
    return [
      `<li>${site}: <strong>${escapeHtml(code)}</strong>${status === null ? '' : `, HTTP ${status}`}: ${escapeHtml(message)}`,
      hint === undefined ? '' : ` <span class="hint">${escapeHtml(hint)}</span>`,
      tags.length === 0
        ? ''
        : `<span class="hint">No verdict for ${plural(tags.length, 'tag')}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}</span>`,
      '</li>',
    ].join('');
  });
  return `<h3>Could not be read</h3><ul class="errors">${items.join('')}</ul>`;
}

const PROFILES = [
  ['wide', 'wide', 'what the sites really hold'],
  ['narrow', 'narrow', 'what GitLab without the wide Accept sees'],
  ['gitlabV1', 'gitlab-v1', 'what the registry database says'],
] as const;

function checksumsText({ checksums }: RepositoryReport): string {
  const rows = PROFILES.map(([key, name, words]) => {
    const pair = checksums[key];
    return (
      `<tr><th scope="row">${name} <span class="quiet">${words}</span></th>` +
      `<td>${SITES.map((site) => digestButton(pair[site])).join('</td><td>')}</td><td>${outcome(pair)}</td></tr>`
    );
  });
  return (
    '<div class="scroll"><table class="checksums"><thead><tr><th scope="col">Checksum</th><th scope="col">primary</th>' +
    `<th scope="col">secondary</th><th scope="col">outcome</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  );
}

function outcome({ equal }: ChecksumPair): string {
  if (equal === null) return '<span class="quiet">not compared</span>';
  return equal ? '<span class="good">= equal</span>' : '<strong class="bad">≠ different</strong>';
}

function causesText(repository: RepositoryReport): string {
  const codes = causesOf(repository).map((code) => `<code>${escapeHtml(code)}</code>`);
  const evidence = evidenceWords(repository).map(
    ([code, words]) => `<li><code>${escapeHtml(code)}</code> ${escapeHtml(words)}</li>`,
  );
  return [
    codes.length === 0 ? '' : `<p class="quiet">Causes: ${codes.join(', ')}</p>`,
    evidence.length === 0 ? '' : `<ul class="errors">${evidence.join('')}</ul>`,
  ].join('');
}
