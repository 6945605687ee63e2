import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CAUSES, type Cause } from '../../../src/report/causes.ts';
import { AGREED_CODES } from './codes.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SHARED = join(ROOT, '..', 'shared', 'causes.md');

const codesIn = (page: string) => [...page.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, code]) => code);

it('holds every agreed code, in the agreed order', () => {
  expect(Object.keys(CAUSES)).toEqual(AGREED_CODES);
});

it('has something to say in each', () => {
  for (const cause of Object.values<Cause>(CAUSES)) {
    expect(cause.seenBy).not.toBe('');
    expect(cause.says).toMatch(/^[^\n]+\.$/);
    expect(cause.nextStep).toMatch(/^[^\n]+\.$/);
  }
});

it('is what the documentation says, word by word', () => {
  const page = readFileSync(join(ROOT, 'docs', 'causes.md'), 'utf8');
  expect(codesIn(page)).toEqual(AGREED_CODES);
  for (const [code, { seenBy, says, nextStep }] of Object.entries<Cause>(CAUSES)) {
    expect(page).toContain(`| \`${code}\` | ${seenBy} | ${says} | ${nextStep} |`);
  }
});

// The list that was agreed on lies beside the checkout where the project is built, and nowhere else.
if (existsSync(SHARED)) {
  it('agrees with the list beside the checkout', () => {
    expect(codesIn(readFileSync(SHARED, 'utf8'))).toEqual(AGREED_CODES);
  });
}
