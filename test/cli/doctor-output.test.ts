import { expect, test } from 'vitest';
import type { DoctorResult } from '../../src/audit/doctor/doctor.ts';
import { doctorJson, doctorTable } from '../../src/cli/doctor-output.ts';

const RESULT: DoctorResult = {
  verdict: 'REFUSED',
  sites: [
    {
      name: 'site',
      url: 'https://registry.example.com/',
      checks: [
        {
          id: 'api',
          title: 'registry answers',
          tried: 'GET /v2/',
          result: 'ok',
          detail: 'HTTP 401',
          nextStep: null,
          cause: null,
        },
        {
          id: 'token-accepted',
          title: 'credential accepted',
          tried: 'GET /v2/ with the credential',
          result: 'fail',
          detail: 'HTTP 401: \u001b[31mred\u202e',
          nextStep: 'Give another.',
          cause: 'TOKEN_REFUSED',
        },
      ],
    },
  ],
  others: [],
};

const table = (options: Partial<Parameters<typeof doctorTable>[1]> = {}) =>
  [...doctorTable(RESULT, { color: false, width: null, verbose: false, ...options })].join('');

test('the table says results in words, with the cause and the next step', () => {
  expect(table()).toBe(
    [
      'site  https://registry.example.com/',
      'ok       registry answers     HTTP 401',
      'fail     credential accepted  TOKEN_REFUSED: HTTP 401: \\u001b[31mred\\u202e',
      '                              tried: GET /v2/ with the credential',
      '                              next: Give another.',
      '',
      'REFUSED: a site refuses the credential (TOKEN_REFUSED)',
      '2 checks: 1 fail',
      '',
    ].join('\n'),
  );
});

test('a site that wants a credential refuses none that it was not shown', () => {
  const none = {
    id: 'credential',
    title: 'credential',
    tried: 'flags',
    result: 'warn',
    detail: 'none was given or found',
    nextStep: null,
    cause: null,
  } as const;
  const sites = RESULT.sites.map((site) => ({ ...site, checks: [none, ...site.checks] }));
  const text = [...doctorTable({ ...RESULT, sites }, { color: false, width: null, verbose: false })].join('');
  expect(text).toContain('REFUSED: a site wants a credential, and none was given (TOKEN_REFUSED)\n');
  expect(text).not.toContain('refuses the credential');
});

test('colour adds nothing but colour', () => {
  const colored = table({ color: true });
  expect(colored).toContain('\u001b[31mfail');
  const sequence = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
  expect(colored.replace(sequence, '')).toBe(table());
});

test('verbose shows what was tried where all is well', () => {
  expect(table({ verbose: true })).toContain('tried: GET /v2/\n');
});

test('no line is wider than the terminal', () => {
  const lines = table({ width: 60 }).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
});

test('JSON is the same, and safe in a terminal', () => {
  const text = [...doctorJson(RESULT)].join('');
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
  expect(JSON.parse(text)).toEqual({ schemaVersion: 1, kind: 'doctor', ...RESULT });
});
