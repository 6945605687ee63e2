import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { htmlReporter } from '../../src/reporters/html.ts';
import { makeTempDir, removeTempDir } from '../support/temp-dir.ts';
import { fiftyTwoOfSixtyTwo, image, index, nastyReport, report, repository, tag } from './fixtures.ts';

const QUIET = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const ALONE = ['--disable-component-update', '--disable-sync'];

/** What runs in the page is text: the DOM's types are not those of this program. */
const styleOf = (page: Page, selector: string, property: string) =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);

let browser: Browser;
let directory: string;
let files = 0;

beforeAll(async () => {
  directory = makeTempDir('html');
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: [...QUIET, ...ALONE] });
});

afterAll(async () => {
  await browser?.close();
  removeTempDir(directory);
});

/** Opens a report as a file in a new page, hands it over, and fails if the page complained or asked for anything. */
async function withReport(
  value: Report,
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const file = join(directory, `${++files}.html`);
  writeFileSync(file, [...htmlReporter(value)].join(''));
  const url = pathToFileURL(file).href;
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  try {
    await page.goto(url);
    await use(page);
    expect(complaints).toEqual([]);
  } finally {
    await context.close();
  }
}

const namesOf = (page: Page) => page.locator('#tag-rows tr.tag .name').allTextContents();
const shown = (page: Page) => page.locator('#shown').textContent();
const statusBox = (page: Page, status: string) =>
  page.locator('#statuses label', { hasText: status }).locator('input');

describe('the page in Chromium', () => {
  it('shows what differs, grouped by cause, and the rest when its status is ticked', () =>
    withReport(fiftyTwoOfSixtyTwo(), async (page) => {
      expect(await page.locator('h1').textContent()).toMatch(/^52 of 62 tags differ/);
      expect(await shown(page)).toBe('52 of 62 tags');
      expect(await page.locator('#tag-rows tr.group').allTextContents()).toEqual([
        expect.stringMatching(/^Both sites give a narrow reader no digest.*FALSE_MATCH_NIL 52 tags$/),
      ]);
      await statusBox(page, 'MATCH').last().check();
      expect(await shown(page)).toBe('62 of 62 tags');
      await statusBox(page, 'MISMATCH').uncheck();
      expect(await namesOf(page)).toEqual(Array.from({ length: 10 }, (_, i) => `base-${i}`));
      await page.locator('#reset').click();
      expect(await shown(page)).toBe('52 of 62 tags');
    }));

  it('searches names, digests and causes, all words of it', () =>
    withReport(nastyReport(), async (page) => {
      const search = async (words: string) => {
        await page.locator('#search').fill(words);
        return (await namesOf(page)).sort();
      };
      expect(await search('LATEST')).toEqual(['latest']);
      expect(await search('narrow_hides group/mixed')).toEqual(['half', 'latest']);
      const digest = await page.locator('#tag-rows tr.tag .digest').first().getAttribute('data-copy');
      expect(await search(digest ?? '')).toEqual(['half']);
      expect(await search('<script>')).toEqual(['<script>alert("1")</script>']);
      expect(await search('no such tag')).toEqual([]);
      expect(await shown(page)).toBe('No tag passes these filters.');
    }));

  it('filters by repository, by cause and by what sync skips', () =>
    withReport(nastyReport(), async (page) => {
      await page.locator('#repository').selectOption({ label: 'group/new' });
      expect(await namesOf(page)).toEqual(['v1']);
      await page.locator('#repository').selectOption('');
      await page.locator('#cause').selectOption('ORPHAN');
      expect(await namesOf(page)).toEqual(['old']);
      await page.locator('#cause').selectOption('');
      await page.locator('#skipped').check();
      expect((await namesOf(page)).sort()).toEqual(['broken', 'latest', 'list']);
      await page.locator('[data-show-cause=ORPHAN]').click();
      expect(await namesOf(page)).toEqual(['old']);
    }));

  it('sorts by a column in both directions, by the bytes, and says so', () =>
    withReport(nastyReport(), async (page) => {
      await page.locator('#grouped').uncheck();
      const head = page.locator('th', { has: page.locator('[data-sort=tag]') });
      await page.locator('[data-sort=tag]').click();
      const ascending = await namesOf(page);
      expect(ascending.slice(0, 3)).toEqual([
        '<script>alert("1")</script>',
        "=cmd|' /C calc'!A0",
        '](javascript:alert(1))',
      ]);
      expect(await head.getAttribute('aria-sort')).toBe('ascending');
      await page.locator('[data-sort=tag]').click();
      expect(await namesOf(page)).toEqual(ascending.toReversed());
      expect(await head.getAttribute('aria-sort')).toBe('descending');
      await page.locator('[data-sort=status]').click();
      expect((await namesOf(page)).slice(0, 2)).toEqual(['broken', 'dangling']);
    }));

  it('can be used by keyboard, with the focus seen and kept', () =>
    withReport(fiftyTwoOfSixtyTwo(), async (page) => {
      await page.keyboard.press('Tab');
      await page.locator('.skip:focus').waitFor();
      await page.keyboard.press('Tab');
      expect(await styleOf(page, '#theme', 'outlineStyle')).toBe('solid');
      const fold = page.locator('[data-tag]').first();
      await fold.focus();
      await page.keyboard.press('Enter');
      expect(await fold.getAttribute('aria-expanded')).toBe('true');
      await page.locator('[data-tag]:focus').waitFor();
      expect(await page.locator('tr.detail').textContent()).toContain(
        'application/vnd.oci.image.index.v1+json',
      );
      await page.locator('[data-group]').first().press('Space');
      expect(await namesOf(page)).toEqual([]);
    }));

  it('copies the whole of a shortened digest', () =>
    withReport(
      fiftyTwoOfSixtyTwo(),
      async (page) => {
        const button = page.locator('#tag-rows .digest').first();
        await button.click();
        const digest = await button.getAttribute('data-copy');
        expect(await button.textContent()).toBe(digest?.slice('sha256:'.length, 'sha256:'.length + 12));
        await page.locator('.digest.copied').waitFor();
        expect(await page.locator('#said').textContent()).toBe(`Copied ${digest}`);
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(digest);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    ));

  it.each([
    ['light', 'dark', 'rgb(246, 246, 244)', 'rgb(20, 23, 28)', 'Dark colours'],
    ['dark', 'light', 'rgb(20, 23, 28)', 'rgb(246, 246, 244)', 'Light colours'],
  ] as const)('is %s as the system is, and %s when asked', (colorScheme, _, before, after, words) =>
    withReport(
      fiftyTwoOfSixtyTwo(),
      async (page) => {
        const background = () => styleOf(page, 'body', 'backgroundColor');
        expect(await background()).toBe(before);
        expect(await page.locator('#theme').textContent()).toBe(words);
        await page.locator('#theme').click();
        expect(await background()).toBe(after);
        await page.emulateMedia({ media: 'print' });
        expect(await background()).toBe('rgb(255, 255, 255)');
      },
      { colorScheme },
    ),
  );

  it('prints a plain table and whole checksums instead of controls', () =>
    withReport(nastyReport(), async (page) => {
      expect(await page.locator('.static').isVisible()).toBe(false);
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.interactive').isVisible()).toBe(false);
      expect(await page.locator('#theme').isVisible()).toBe(false);
      expect(await page.locator('.static tbody tr:not(.group)').count()).toBe(15);
      expect(await page.locator('.static').isVisible()).toBe(true);
      expect(await page.locator('.checksums .whole').first().isVisible()).toBe(true);
      expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe('%PDF-');
    }));

  it('prints the worst of 100,000 tags and says how many more there are', { timeout: 180_000 }, () =>
    withReport(hundredThousand(), async (page) => {
      await page.emulateMedia({ media: 'print' });
      expect(await page.locator('.static tbody tr:not(.group):visible').count()).toBe(500);
      expect(await page.locator('.static').innerText()).not.toContain('= MATCH');
      expect(await page.locator('.static > p').allTextContents()).toEqual([
        '… and 49500 more tags not MATCH: report.json and tags.csv have them all.',
        '50000 tags MATCH; not listed here.',
      ]);
      const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type \/Page\b/g);
      expect(pages?.length).toBeLessThan(30);
    }),
  );

  it('prints the worst 100 repositories and says how many more there are', () =>
    withReport(manyRepositories(140), async (page) => {
      const visible = () => page.locator('.repository:visible').count();
      const rest = page.locator('.on-paper');
      expect(await visible()).toBe(140);
      expect(await rest.isVisible()).toBe(false);
      await page.emulateMedia({ media: 'print' });
      expect(await visible()).toBe(100);
      expect(await page.locator('.repository:visible .name').last().textContent()).toBe('group/099');
      expect(await rest.textContent()).toBe(
        '… and 40 more repositories: report.json and repositories.csv have them all.',
      );
      expect(await rest.isVisible()).toBe(true);
    }));

  it('is whole without script', () =>
    withReport(
      nastyReport(),
      async (page) => {
        expect(await page.locator('.static').isVisible()).toBe(true);
        expect(await page.locator('.interactive').isVisible()).toBe(false);
        expect(await page.locator('.plain:visible').count()).toBe(0);
      },
      { javaScriptEnabled: false },
    ));

  it('shows hostile text as text: nothing of it becomes an element, runs, or hides', () =>
    withReport(nastyReport(), async (page) => {
      await page.locator('#grouped').uncheck();
      for (const box of await page.locator('#statuses input').all()) await box.check();
      for (const name of await page.locator('[data-tag]').all()) await name.click();
      expect(await page.locator('script').count()).toBe(2);
      expect(await page.locator('a').count()).toBe(1);
      const text = await page.locator('main').innerText();
      expect(text).toContain('<script>alert("1")</script>');
      expect(text).toContain('safe\\u202egpj.exe\\u200b\\ufeff');
      expect(text.replace(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }));

  it('lets no injected code run, even if there were a way to inject it', async () => {
    const file = join(directory, `${++files}.html`);
    const injected =
      '<img src=x onerror="window.hit=1"><script>window.hit=1</script><p id="p" style="color:red">';
    writeFileSync(
      file,
      [...htmlReporter(fiftyTwoOfSixtyTwo())].join('').replace('<main>', `<main>${injected}`),
    );
    const page = await browser.newPage();
    try {
      await page.goto(pathToFileURL(file).href);
      expect(await page.evaluate('"hit" in window')).toBe(false);
      expect(await styleOf(page, '#p', 'color')).toBe('rgb(31, 38, 48)');
      await expect(page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p>')")).rejects.toThrow(
        /TrustedHTML/,
      );
    } finally {
      await page.close();
    }
  });

  it('stays small and usable with 100,000 tags', { timeout: 180_000 }, () =>
    withReport(hundredThousand(), async (page) => {
      const elements = () => page.locator('*').count();
      expect(await shown(page)).toBe('50,000 of 100,000 tags');
      expect(await page.locator('#tag-rows tr').count()).toBeLessThanOrEqual(101);
      expect(await elements()).toBeLessThan(12_000);
      expect(await page.locator('#page').textContent()).toBe('Page 1 of 501');
      await page.locator('#last').click();
      expect(await page.locator('#page').textContent()).toBe('Page 501 of 501');
      expect(await page.locator('#tag-rows tr.group').textContent()).toContain('50000 tags, continued');
      expect(await page.locator('#next-page').isDisabled()).toBe(true);
      await page.locator('#search').fill('v99999');
      await statusBox(page, 'MATCH').last().check();
      expect(await namesOf(page)).toEqual(['v99999']);
      await page.locator('#search').fill('');
      await page.locator('[data-sort=primary]').click();
      expect(await page.locator('#tag-rows tr').count()).toBeLessThanOrEqual(101);
      expect(await elements()).toBeLessThan(12_000);
    }),
  );

  it('says so when there is no tag and no repository', () =>
    withReport(report([]), async (page) => {
      expect(await page.locator('main').innerText()).toContain('There is no tag with a verdict.');
      await page.locator('#theme').click();
    }));
});

function hundredThousand(): Report {
  const tags = Array.from({ length: 100_000 }, (_, i) =>
    i % 2 === 0
      ? tag(`v${i}`, 'MISMATCH', index(`${i} a`), index(`${i} b`), 'MATCH', { causes: ['FALSE_MATCH_NIL'] })
      : tag(`v${i}`, 'MATCH', image(`${i}`), image(`${i}`), 'MATCH'),
  );
  return report([repository('group/huge', 'OUT-OF-SYNC', tags)]);
}

function manyRepositories(count: number): Report {
  const tags = [tag('v1', 'MISMATCH', image('a'), image('b'), 'MISMATCH')];
  return report(
    Array.from({ length: count }, (_, i) =>
      repository(`group/${String(i).padStart(3, '0')}`, 'OUT-OF-SYNC', tags),
    ),
  );
}
