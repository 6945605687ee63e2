import { describe, expect, test } from 'vitest';
import { startEmbeddedRegistry } from '../../src/demo/embedded-registry.ts';
import type { Fault } from '../../src/demo/registry-options.ts';
import { GuardError } from '../../src/errors.ts';
import {
  checkGuards,
  type GuardFacts,
  type GuardOptions,
  readGuardFacts,
} from '../../src/reconcile/guards.ts';
import { planReconcile } from '../../src/reconcile/plan.ts';
import { type Plan, planDigest } from '../../src/report/plan.ts';
import { reportOf, repositoryOf, resolved } from './model.ts';
import { CREATED_AT, connect, disconnectAll } from './support.ts';

const orphans = { a: resolved('a'), b: resolved('b'), c: resolved('c') };
const plan = planReconcile(reportOf(repositoryOf('group/project', { x: resolved('x') }, orphans)), {
  createdAt: CREATED_AT,
});
const facts: GuardFacts = {
  sites: { primary: 'https://primary.example.com/', secondary: 'https://secondary.example.com/' },
  emptyOnPrimary: [],
};
const options: GuardOptions = { maxDelete: 100, allowEmptyPrimary: false };

function sealed(content: Plan): Plan {
  return { ...content, planDigest: planDigest(content) };
}

test('a plan that nothing is wrong with passes', () => {
  checkGuards(plan, facts, options);
  checkGuards(
    plan,
    { ...facts, sites: { ...facts.sites, primary: 'https://PRIMARY.example.com:443' } },
    options,
  );
  checkGuards(plan, facts, { ...options, maxDelete: 3 });
  checkGuards(plan, facts, { ...options, maxDelete: 0, noDelete: true });
  checkGuards(plan, { ...facts, emptyOnPrimary: ['group/project'] }, { ...options, allowEmptyPrimary: true });
});

describe('refused', () => {
  const same = 'http://primary.example.com';
  test.each<[string, Plan, GuardFacts, GuardOptions, RegExp]>([
    ['an altered plan', { ...plan, createdAt: '2026-11-22T00:00:00.000Z' }, facts, options, /altered/],
    [
      'a plan for another secondary',
      sealed({ ...plan, sites: { ...plan.sites, secondary: { url: 'https://other.example.com/' } } }),
      facts,
      options,
      /for another secondary: https:\/\/other/,
    ],
    [
      'one registry on both sides',
      sealed({ ...plan, sites: { ...plan.sites, secondary: { url: same } } }),
      { ...facts, sites: { ...facts.sites, secondary: same } },
      options,
      /same registry/,
    ],
    ['too many deletes', plan, facts, { ...options, maxDelete: 2 }, /deletes 3 tags, and at most 2/],
    [
      'an empty primary',
      plan,
      { ...facts, emptyOnPrimary: ['group/project', 'other'] },
      options,
      /lists no tag of group\/project \(and of 1 more\)/,
    ],
  ])('%s', (_name, given, known, allowed, words) => {
    const check = () => checkGuards(given, known, allowed);
    expect(check).toThrow(GuardError);
    expect(check).toThrow(words);
  });
});

describe("a primary's tag list that cannot be read", () => {
  const two = planReconcile(
    reportOf(repositoryOf('group/a', {}, orphans), repositoryOf('group/b', {}, orphans)),
    { createdAt: CREATED_AT },
  );

  async function readWith(fault: Fault, signal?: AbortSignal): Promise<GuardFacts> {
    const registry = await startEmbeddedRegistry();
    registry.options.fault = ({ path }) => (path.includes('group/a/') ? fault : undefined);
    const site = connect(registry.url, 'primary', { retries: 0 });
    try {
      return await readGuardFacts(two, { primary: site, secondary: site }, signal);
    } finally {
      await disconnectAll();
      await registry.close();
    }
  }

  test.each<[string, Fault]>([
    ['refused', { status: 403 }],
    [
      'refused for want of a token',
      { status: 401, headers: { 'www-authenticate': 'Bearer realm="nowhere"' } },
    ],
    ['broken off', 'reset'],
  ])('%s: the others are read all the same', async (_name, fault) => {
    expect((await readWith(fault)).emptyOnPrimary).toEqual(['group/b']);
  });

  test('interrupted: nothing further is read', async () => {
    const controller = new AbortController();
    controller.abort(new Error('stop'));
    await expect(readWith('hang', controller.signal)).rejects.toThrow();
  });
});
