import { expect, test } from 'vitest';
import { TransportError } from '../../src/errors.ts';
import { logRequests } from '../../src/http/log-requests.ts';
import { createLogger } from '../../src/logger.ts';
import { fakeClock } from './support/fake-clock.ts';
import { type Step, scriptedSend } from './support/scripted-send.ts';
import { ask } from './support/wire.ts';

async function linesOf(step: Step, level: 'debug' | 'info' = 'debug') {
  const lines: string[] = [];
  const logger = createLogger(level, () => ({ write: (line) => lines.push(line) }));
  const { send } = scriptedSend(step);
  const request = ask('https://user:s3cret@h/v2/?n=1&sig=s3cret#s3cret', {
    method: 'PUT',
    headers: { authorization: 'Bearer s3cret', cookie: 's3cret', 'x-other': 's3cret' },
    body: Buffer.from('s3cret'),
  });
  const failed = await logRequests(
    logger,
    fakeClock(),
  )(send)(request).then(
    (response) => response.discard().then(() => null),
    (error: unknown) => error,
  );
  return { lines, failed };
}

test('an answer: method, redacted URL, status, time, and nothing of headers and bodies', async () => {
  const { lines } = await linesOf({
    status: 401,
    headers: { 'set-cookie': 's3cret', 'www-authenticate': 's3cret' },
    body: 's3cret',
  });
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    method: 'PUT',
    url: 'https://h/v2/?n=1&sig=REDACTED',
    status: 401,
    ms: 0,
    msg: 'read a thing',
  });
  expect(lines.join('')).not.toContain('s3cret');
});

test('a fault is logged and thrown on as it is', async () => {
  const error = new TransportError('TIMEOUT', 'too slow');
  const { lines, failed } = await linesOf(error);
  expect(failed).toBe(error);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: 'too slow', ms: 0 });
  expect(lines.join('')).not.toContain('s3cret');
});

test('nothing above debug', async () => {
  expect((await linesOf({}, 'info')).lines).toEqual([]);
});
