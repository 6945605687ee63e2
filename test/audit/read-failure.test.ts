import { describe, expect, it } from 'vitest';
import { errorOfFault, errorOfRefusal } from '../../src/audit/read-failure.ts';
import { TransportError } from '../../src/errors.ts';

describe('what could not be read', () => {
  it.each([204, 304, 400, 401, 403, 404, 405, 408, 413, 418, 429, 500, 502, 503, 504])(
    'names the next step for HTTP %i',
    (status) => {
      const error = errorOfRefusal({ status, code: null, message: `HTTP ${status}` }, 'read a/b');
      expect(error).toMatchObject({ status, message: `could not read a/b: HTTP ${status}` });
      expect(error.hint).toMatch(/^[A-Z].*\.$/);
    },
  );

  it.each(['UNREACHABLE', 'BODY_TOO_LARGE', 'BODY_TRUNCATED', 'PROTOCOL'] as const)(
    'names the next step for %s, which has none of its own',
    (code) => {
      expect(errorOfFault(new TransportError(code, 'it broke'), undefined).hint).toMatch(/^[A-Z].*\.$/);
    },
  );

  it('keeps the next step that a fault names', () => {
    const fault = new TransportError('PROTOCOL', 'it broke', { hint: 'Mend it.' });
    expect(errorOfFault(fault, undefined).hint).toBe('Mend it.');
  });
});
