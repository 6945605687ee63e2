import type { Report } from '../report/report.ts';

/** What the place that the text goes to can show. A reporter that has no use for one ignores it. */
export interface ReporterOptions {
  /** ANSI colour may be used, never as the only carrier of a meaning. */
  readonly color: boolean;
  /** Columns of the terminal; null for a file or a pipe, where nothing is wrapped. */
  readonly width: number | null;
  /** Also what is MATCH, and no caps on the number of rows. */
  readonly verbose: boolean;
}

/**
 * Turns a report into one format, as chunks of text that together are the whole document. A reporter is
 * pure: no clock, no network, nothing concluded that the report does not say.
 */
export type Reporter = (report: Report, options: ReporterOptions) => Iterable<string>;

/** A document of a report directory. */
export interface ReportFile {
  load(): Promise<Reporter>;
  /** Name of the file in the report directory. */
  readonly fileName: string;
}

/** One line of the index of formats. */
export interface ReporterEntry extends ReportFile {
  /** For the help text; no full stop. */
  readonly description: string;
  /** What is written beside the file in a report directory; standard output gets the first alone. */
  readonly companions?: readonly ReportFile[];
}
