import { escapeTerminal } from '../escape-terminal.ts';

/** Texts from registries are bounded (8 KiB), names are shorter; the rest is ours. */
const LONGEST = 10_000;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * One line of text for XML 1.0, in an attribute or an element. What XML forbids (most controls, lone
 * surrogates, U+FFFE and U+FFFF) and what would hide or reorder text becomes a visible escape such as `\u0007`.
 */
export function escapeXml(text: string): string {
  return escapeTerminal(text, LONGEST)
    .replace(/[\ufffe\uffff]/g, (character) => (character === '\uffff' ? '\\uffff' : '\\ufffe'))
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
