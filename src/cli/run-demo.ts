import { anonymousCredential } from '../auth/credential.ts';
import { fixSettings } from '../config/fix-settings.ts';
import type { Options } from '../config/option.ts';
import { READING_OPTIONS } from '../config/options.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { readingSettings, writingSettings } from '../config/scan-settings.ts';
import type { SiteSettings } from '../config/site-settings.ts';
import { startDemo } from '../demo/start-demo.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import type { RunContext } from './run-context.ts';
import { runScan } from './run-scan.ts';

/** `demo`: nothing is pushed while it runs, so differing tags need no second reading. */
const NO_SETTLE = '0';

export async function runDemo(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const resolved = resolveOptions(options, commandLine, context.environment, ALL_OPTIONS);
  // The demo reads as a scan does by default; only its sites and the pause are its own.
  const reading = readingSettings(
    resolveOptions(READING_OPTIONS, { config: commandLine.config, settle: NO_SETTLE }, {}, ALL_OPTIONS),
  );
  const writing = writingSettings(resolved);
  const logger = commandLogger(resolved, context);
  const demo = await startDemo();
  try {
    return await runScan(
      {
        command: 'demo',
        sites: {
          primary: siteOf(demo.primary.url, 'primary'),
          secondary: siteOf(demo.secondary.url, 'secondary'),
        },
        repositories: demo.repositories,
        reading,
        writing,
        shownOptions: {},
        // Its sites end with it.
        identity: null,
        resume: null,
        logger,
        quiet: resolved.flag('quiet'),
        verbose: resolved.flag('verbose'),
        fix: resolved.flag('fix') ? { ...fixSettings(resolved), yes: true } : null,
      },
      context,
    );
  } finally {
    await demo.close();
  }
}

function siteOf(url: string, site: string): SiteSettings {
  return {
    url: new URL(`${url}/`),
    credential: anonymousCredential('embedded'),
    tls: {},
    proxy: {},
    flag: (ending) => `--${site}-${ending}`,
  };
}
