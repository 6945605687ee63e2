import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRepositoryPath } from '../../src/core/repository-path.ts';

describe('parseRepositoryPath', () => {
  test.each<[string, string, string | null]>([
    ['one component', 'project', 'project'],
    ['a project in groups', 'group/sub/project', 'group/sub/project'],
    ['a project with an image name', 'group/project/image', 'group/project/image'],
    ['capital letters are lower-cased', 'Group/Project', 'group/project'],
    ['slashes around it go', '/group/project//', 'group/project'],
    ['spaces around it go', '  group/project\t', 'group/project'],
    ['the separators of the grammar', 'a.b/a_b/a__b/a-b/a---b', 'a.b/a_b/a__b/a-b/a---b'],
    ['digits', '0/1a', '0/1a'],
    ['nothing', '', null],
    ['only slashes', '///', null],
    ['an empty component', 'group//project', null],
    ['a tag at the end', 'group/project:latest', null],
    ['a digest at the end', `group/project@sha256:${'0'.repeat(64)}`, null],
    ['a URL', 'https://registry.example.com/group/project', null],
    ['a way out', '../group', null],
    ['a dot component', 'group/./project', null],
    ['two dots within', 'a..b', null],
    ['three underscores', 'a___b', null],
    ['a separator first', '-a', null],
    ['a separator last', 'a-', null],
    ['a space within', 'group/my project', null],
    ['a line end within', 'group/project\nother', null],
    ['a percent sign', 'group%2fproject', null],
    ['a question mark', 'group/project?x', null],
    ['letters outside ASCII', 'größe', null],
    ['255 characters', 'a'.repeat(255), 'a'.repeat(255)],
    ['256 characters', 'a'.repeat(256), null],
  ])('%s', (_name, text, expected) => {
    expect(parseRepositoryPath(text)).toBe(expected);
  });

  test('what it gives is safe in a URL path and parses to itself', () => {
    const pieces = fc.constantFrom(
      'a',
      'B',
      '0',
      '.',
      '_',
      '-',
      '/',
      '..',
      '%',
      '?',
      '#',
      ' ',
      '\n',
      'ß',
      'İ',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const path = parseRepositoryPath(parts.join(''));
        if (path === null) return;
        expect(new URL(`/v2/${path}/tags/list`, 'http://x').pathname).toBe(`/v2/${path}/tags/list`);
        expect(parseRepositoryPath(path)).toBe(path);
      }),
      { numRuns: 2000 },
    );
  });

  test('a long text of separators is judged at once', () => {
    expect(parseRepositoryPath(`${'a-'.repeat(100_000)}!`)).toBeNull();
  });
});
