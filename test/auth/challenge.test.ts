import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Challenge, challengeError, parseChallenges } from '../../src/auth/challenge.ts';

const TOKEN_CHARS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
const bearer = (params: Record<string, string>): Challenge => ({ scheme: 'bearer', params });

describe('parseChallenges', () => {
  const rows: [name: string, header: string, expected: Challenge[]][] = [
    ['nothing', '', []],
    ['only separators', ' , ,\t,', []],
    [
      'Distribution with a scope of two actions',
      'Bearer realm="https://gitlab.example.com/jwt/auth",service="container_registry",scope="repository:a/b:pull,push"',
      [
        bearer({
          realm: 'https://gitlab.example.com/jwt/auth',
          service: 'container_registry',
          scope: 'repository:a/b:pull,push',
        }),
      ],
    ],
    ['basic', 'Basic realm="Registry Realm"', [{ scheme: 'basic', params: { realm: 'Registry Realm' } }]],
    ['case of scheme and names', 'BEARER Realm=x', [bearer({ realm: 'x' })]],
    [
      'two challenges in one header',
      'Basic realm="a, b", Bearer realm="https://t/", error="invalid_token"',
      [
        { scheme: 'basic', params: { realm: 'a, b' } },
        bearer({ realm: 'https://t/', error: 'invalid_token' }),
      ],
    ],
    [
      'the example of RFC 9110, section 11.6.1',
      'Basic realm="simple", Newauth realm="apps", type=1, title="Login to \\"apps\\""',
      [
        { scheme: 'basic', params: { realm: 'simple' } },
        { scheme: 'newauth', params: { realm: 'apps', type: '1', title: 'Login to "apps"' } },
      ],
    ],
    ['escaped backslash and quote', 'Bearer realm="a\\\\b\\"c"', [bearer({ realm: 'a\\b"c' })]],
    [
      'a challenge within a quoted string',
      'Bearer realm="x, Basic realm=y"',
      [bearer({ realm: 'x, Basic realm=y' })],
    ],
    [
      'blanks around the equals sign',
      'Bearer realm = "x" ,\tservice\t= y',
      [bearer({ realm: 'x', service: 'y' })],
    ],
    ['empty list elements', ',, Bearer ,realm="x",, ,service=y,', [bearer({ realm: 'x', service: 'y' })]],
    ['empty quoted value', 'Bearer realm=""', [bearer({ realm: '' })]],
    [
      'token68 beside another scheme',
      'Negotiate YWJj+/==, Basic realm=x',
      [
        { scheme: 'negotiate', params: {}, token68: 'YWJj+/==' },
        { scheme: 'basic', params: { realm: 'x' } },
      ],
    ],
    [
      'schemes without anything',
      'Negotiate, NTLM , Basic realm=x',
      [
        { scheme: 'negotiate', params: {} },
        { scheme: 'ntlm', params: {} },
        { scheme: 'basic', params: { realm: 'x' } },
      ],
    ],
    [
      'unquoted URL',
      'Bearer realm=https://t.example.com/auth?x=1,service=y',
      [bearer({ realm: 'https://t.example.com/auth?x=1', service: 'y' })],
    ],
    ['missing commas', 'Bearer realm="x" service="y"', [bearer({ realm: 'x', service: 'y' })]],
    ['repeated parameter: the first', 'Bearer realm="x",realm="y"', [bearer({ realm: 'x' })]],
    ['unclosed quote', 'Bearer service=y, realm="x, Basic realm=z', [bearer({ service: 'y' })]],
    ['parameter without a scheme', 'realm="x", Basic realm=y', [{ scheme: 'basic', params: { realm: 'y' } }]],
    ['rubbish before', '@@@"a,b" x, Basic realm=y', [{ scheme: 'basic', params: { realm: 'y' } }]],
    [
      'rubbish after a scheme',
      'Bearer@x, Basic realm=y',
      [
        { scheme: 'bearer', params: {} },
        { scheme: 'basic', params: { realm: 'y' } },
      ],
    ],
  ];
  test.each(rows)('%s', (_name, header, expected) => {
    expect(parseChallenges(header)).toEqual(expected);
  });

  test('a parameter called __proto__ is only a parameter', () => {
    const [challenge] = parseChallenges('Bearer __proto__="x", constructor="y"');
    expect(Object.entries(challenge?.params ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(parseChallenges('Bearer a=b')[0]?.params.toString).toBeUndefined();
  });

  test('gives back what was written, whatever it was', () => {
    const token = fc.string({ unit: fc.constantFrom(...TOKEN_CHARS), minLength: 1, maxLength: 10 });
    const params = fc.dictionary(token, fc.string({ maxLength: 30 }), { maxKeys: 5 });
    const challenge = fc.oneof(
      fc.record({ scheme: token, params }),
      fc.record({
        scheme: token,
        params: fc.constant({}),
        token68: fc.stringMatching(/^[A-Za-z0-9\-._~+/]{1,20}={0,2}$/),
      }),
    );
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 5 }), (challenges) => {
        const header = challenges.map(write).join(', ');
        expect(parseChallenges(header)).toEqual(challenges);
      }),
    );
  });

  test('never throws, and stays within its bounds', () => {
    const hostile = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.string({
        unit: fc.constantFrom('"', '\\', ',', '=', ' ', 'a', 'B', '\t', '\u0000'),
        maxLength: 200,
      }),
    );
    fc.assert(
      fc.property(hostile, (header) => {
        for (const { scheme, params } of parseChallenges(header)) {
          expect(scheme).toBe(scheme.toLowerCase());
          for (const value of Object.values(params)) expect(typeof value).toBe('string');
        }
      }),
    );
    expect(parseChallenges('a,'.repeat(100_000))).toHaveLength(32);
    const [wide] = parseChallenges(`x ${Array.from({ length: 1000 }, (_, i) => `p${i}=1`).join(',')}`);
    expect(Object.keys(wide?.params ?? {})).toHaveLength(64);
    for (const seed of ['"', '\\"', '="', 'a ', 'a=', 'a="', ' ', '=', 'a="\\', ',a b']) {
      expect(parseChallenges(`Bearer ${seed.repeat(500_000)}`).length).toBeLessThanOrEqual(32);
    }
  });
});

test('challengeError names the error of the Bearer challenge', () => {
  expect(challengeError('Basic realm=x, Bearer realm="y",error="insufficient_scope"')).toBe(
    'insufficient_scope',
  );
  expect(challengeError('Basic error=x')).toBeNull();
  expect(challengeError(null)).toBeNull();
});

function write(challenge: Challenge): string {
  const params = Object.entries(challenge.params).map(
    ([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`,
  );
  return `${challenge.scheme} ${challenge.token68 ?? params.join(', ')}`;
}
