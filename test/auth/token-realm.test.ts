import { describe, expect, test } from 'vitest';
import { TokenError } from '../../src/auth/token-error.ts';
import { checkRealm } from '../../src/auth/token-realm.ts';

describe('checkRealm', () => {
  test.each([
    ['https://r.example.com', 'https://gitlab.example.com/jwt/auth', true, true],
    ['https://r.example.com', 'http://gitlab.example.com/jwt/auth', true, false],
    ['https://r.example.com', 'http://gitlab.example.com/jwt/auth', false, false],
    ['https://r.example.com', 'http://localhost/jwt/auth', true, false],
    ['http://r.example.com', 'https://gitlab.example.com/jwt/auth', true, true],
    ['http://r.example.com:5000', 'http://r.example.com/jwt/auth', true, true],
    ['http://r.example.com', 'http://gitlab.example.com/jwt/auth', true, false],
    ['http://r.example.com', 'http://gitlab.example.com/jwt/auth', false, true],
    ['http://localhost:5000', 'http://127.0.0.1:5001/token', true, true],
    ['http://localhost:5000', 'http://gitlab.example.com/token', true, false],
    ['https://r.example.com', '/jwt/auth', true, false],
    ['https://r.example.com', 'ftp://gitlab.example.com/', true, false],
    ['https://r.example.com', 'https://u:p@gitlab.example.com/', true, false],
    ['https://r.example.com', '', true, false],
  ])('registry %s, realm %s, with a secret %s: %s', (registry, realm, secret, allowed) => {
    const check = () => checkRealm(realm, new URL(registry), secret);
    if (allowed) expect(check().href).toBe(new URL(realm).href);
    else expect(check).toThrow(TokenError);
  });
});
