import { escapeXml } from './escape-xml.ts';

/** Why a case did not pass. */
export interface Problem {
  /** `failure` is a difference, `error` is something that could not be read or done. */
  readonly kind: 'failure' | 'error';
  readonly type: string;
  readonly message: string;
  /** The body, line by line; unescaped. */
  readonly lines: readonly string[];
}

export interface TestCase {
  readonly name: string;
  /** null for a case that passed. */
  readonly problem: Problem | null;
}

export interface Suite {
  readonly id: number;
  readonly name: string;
  /** ISO 8601 with milliseconds and Z. */
  readonly startedAt: string;
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** Gives the cases anew at every call: the counts stand before them, and no list of them is kept. */
  readonly cases: () => Iterable<TestCase>;
  /** Lines of `system-out`; unescaped. */
  readonly output: readonly string[];
}

/** A `testsuite` element, one chunk a case. */
export function* suiteText(suite: Suite): Generator<string> {
  const name = escapeXml(suite.name);
  const { tests, failures, errors } = countsOf(suite.cases());
  yield `  <testsuite id="${suite.id}" name="${name}" package="geo-registry-audit" hostname="localhost"` +
    ` timestamp="${suite.startedAt.slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}"` +
    ` tests="${tests}" failures="${failures}" errors="${errors}" time="0">\n    <properties>\n`;
  for (const [key, value] of suite.properties) {
    yield `      <property name="${escapeXml(key)}" value="${escapeXml(value)}"/>\n`;
  }
  yield '    </properties>\n';
  for (const one of suite.cases()) yield caseText(name, one);
  const output = suite.output.map(escapeXml).join('\n');
  yield `    <system-out>${output}</system-out>\n    <system-err></system-err>\n  </testsuite>\n`;
}

function countsOf(cases: Iterable<TestCase>): { tests: number; failures: number; errors: number } {
  const counts = { tests: 0, failures: 0, errors: 0 };
  for (const { problem } of cases) {
    counts.tests++;
    if (problem !== null) counts[problem.kind === 'failure' ? 'failures' : 'errors']++;
  }
  return counts;
}

function caseText(className: string, { name, problem }: TestCase): string {
  const head = `    <testcase classname="${className}" name="${escapeXml(name)}" time="0"`;
  if (problem === null) return `${head}/>\n`;
  const { kind, type, message, lines } = problem;
  const body = lines.map(escapeXml).join('\n');
  return (
    `${head}>\n      <${kind} type="${escapeXml(type)}" message="${escapeXml(message)}">${body}</${kind}>\n` +
    '    </testcase>\n'
  );
}
