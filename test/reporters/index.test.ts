import { describe, expect, it } from 'vitest';
import { DEFAULT_FORMATS, FORMATS } from '../../src/reporters/formats.ts';
import { REPORTERS } from '../../src/reporters/index.ts';
import { nastyReport } from './fixtures.ts';

const OPTIONS = { color: false, width: null, verbose: true };

describe('the index of formats', () => {
  it('has the names of the contract, and writes the first three by default', () => {
    expect(FORMATS.join(',')).toBe('json,csv,table,html,markdown,junit,ndjson');
    expect(DEFAULT_FORMATS.join(',')).toBe('json,csv,table');
  });

  it('gives every document a file name of its own', () => {
    const names = FORMATS.flatMap((format) => {
      const entry = REPORTERS[format];
      const companions = 'companions' in entry ? entry.companions : [];
      return [entry.fileName, ...companions.map(({ fileName }) => fileName)];
    });
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(FORMATS)('leaves the report as it is in the format %s', async (format) => {
    const nasty = nastyReport();
    const reporter = await REPORTERS[format].load();
    for (const _ of reporter(nasty, OPTIONS));
    expect(nasty).toEqual(nastyReport());
  });
});
