import { COMMON_OPTIONS, DOCTOR_OPTIONS, READING_OPTIONS } from '../../config/options.ts';
import { siteOptions } from '../../config/site-options.ts';
import type { Command } from '../command.ts';

const options = {
  ...siteOptions(''),
  ...siteOptions('primary-'),
  ...siteOptions('secondary-'),
  ...DOCTOR_OPTIONS,
  timeout: READING_OPTIONS.timeout,
  format: {
    kind: 'list',
    group: 'Writing',
    describe: 'table or json, on standard output (default: table)',
    value: 'FORMAT',
  },
  ...COMMON_OPTIONS,
} as const;

/** Examines sites before a run: what does not work, why, and what to do. */
export const doctorCommand: Command = {
  usage: 'doctor [repository..]',
  describe: 'check sites before a run: network, TLS, credential, rights, registry, clock',
  options,
  examples: [
    ['doctor --url https://registry.a.example --gitlab-key gitlab-registry.key group/project', 'one site'],
    ['doctor', 'both sites of geo-registry-audit.yml'],
    [
      'doctor --notification-url https://gitlab.a.example/api/v4/container_registry_event/events --notification-token-file token',
      'also whether GitLab takes notifications',
    ],
  ],
  async run(commandLine, context) {
    const { runDoctorCommand } = await import('../run-doctor.ts');
    return runDoctorCommand(options, commandLine, context);
  },
};
