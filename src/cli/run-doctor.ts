import { type DoctorResult, runDoctor } from '../audit/doctor/doctor.ts';
import { doctorRepositories, doctorSites, notificationTarget } from '../config/doctor-settings.ts';
import type { Options } from '../config/option.ts';
import { printFormat } from '../config/print-format.ts';
import { type CommandLine, resolveOptions } from '../config/resolve-options.ts';
import { systemLookUp } from '../http/probe-socket.ts';
import { commandLogger } from './command-logger.ts';
import { ALL_OPTIONS } from './commands/index.ts';
import { doctorJson, doctorTable } from './doctor-output.ts';
import { EXIT } from './exit-codes.ts';
import { mayColor, type RunContext } from './run-context.ts';

const EXIT_CODES = {
  OK: EXIT.inSync,
  REFUSED: EXIT.auth,
  FAILED: EXIT.incomplete,
} as const satisfies Record<DoctorResult['verdict'], number>;

/** `doctor`: examines the sites and prints what was found. */
export async function runDoctorCommand(
  options: Options,
  commandLine: CommandLine,
  context: RunContext,
): Promise<number> {
  const { clock, signal, output, stdout, environment } = context;
  const resolved = resolveOptions(options, commandLine, environment, ALL_OPTIONS);
  const format = printFormat(resolved);
  const given = (commandLine.repository ?? []) as readonly (string | number)[];
  const repositories = doctorRepositories(given.map(String));
  const notification = notificationTarget(resolved, environment);
  const sites = await doctorSites(resolved, context);
  const timeoutMs = (resolved.number('timeout') ?? 0) * 1000;
  const logger = commandLogger(resolved, context);
  const result = await runDoctor(
    sites,
    { repositories, notification },
    { clock, logger, signal, timeoutMs, lookUp: systemLookUp },
  );
  const view = {
    color: mayColor(stdout, environment),
    width: stdout.isTTY ? stdout.columns : null,
    verbose: resolved.flag('verbose'),
  };
  await output.print(format === 'json' ? doctorJson(result) : doctorTable(result, view));
  return EXIT_CODES[result.verdict];
}
