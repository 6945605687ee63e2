import { hasGitlabV1 } from '../../report/has-gitlab-v1.ts';
import type { Report, SiteReport } from '../../report/report.ts';
import { SITES } from '../../report/report.ts';
import { escapeTerminal } from '../escape-terminal.ts';
import type { ReporterOptions } from '../reporter.ts';
import { runWords } from '../run-words.ts';
import { runTrafficWords } from '../traffic-words.ts';
import { wrapWords } from '../wrap-words.ts';

const INDENT = ' '.repeat(11);

/** Who compared what, when and how: the lines a ticket needs above any finding. */
export function* header(report: Report, options: ReporterOptions): Generator<string> {
  const { tool, run } = report;
  const traffic = options.verbose ? runTrafficWords(report) : null;
  const lines = [
    `${tool.name} ${tool.version} ${run.command}, ${timeWords(run.startedAt)} to ${timeWords(run.finishedAt)} UTC`,
    ...SITES.map(
      (site) =>
        `${site.padEnd(9)}  ${report.sites[site].url}  (${registryWords(report.sites[site], options.verbose)})`,
    ),
    `${'read by'.padEnd(9)}  ${run.clientPath}${filterWords(run.options)}`,
    ...(traffic === null ? [] : [`${'requests'.padEnd(9)}  ${traffic}`]),
    ...runWords(report),
    ...(run.interrupted ? ['INTERRUPTED: this is what was read until then'] : []),
  ];
  for (const line of lines) yield `${wrapWords(escapeTerminal(line), options.width, INDENT)}\n`;
}

/** `2026-11-21 23:58:44`: a time of the report for people, in UTC. */
export function timeWords(iso: string): string {
  return iso.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
}

function registryWords(site: SiteReport, verbose: boolean): string {
  const { registry } = site;
  const gitlabV1 = hasGitlabV1(site);
  const vendor = { gitlab: 'GitLab registry', distribution: 'Distribution', other: 'unknown registry' }[
    registry.vendor
  ];
  const database = { true: 'database on', false: 'database off', null: 'database unknown' }[
    `${registry.database}`
  ];
  return [
    `${vendor} ${registry.version ?? 'of unknown version'}`,
    // Only the GitLab registry has one to speak of.
    ...(registry.vendor === 'gitlab' ? [database] : []),
    gitlabV1 === null ? 'GitLab v1 API unknown' : gitlabV1 ? 'GitLab v1 API' : 'no GitLab v1 API',
    ...(verbose
      ? [`features: ${registry.features.join(' ') || 'none'}`, `tag delete: ${registry.tagDelete}`]
      : []),
  ].join(', ');
}

/** The filters in force, which hide tags from everything but the checksums. */
export function filterWords(options: Record<string, unknown>): string {
  return ['include', 'exclude']
    .flatMap((name) => {
      const patterns = options[name];
      if (!Array.isArray(patterns) || patterns.length === 0) return [];
      return [`; ${name} ${patterns.map((pattern) => String(pattern)).join(' ')}`];
    })
    .join('');
}
