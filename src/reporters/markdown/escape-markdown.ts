import { escapeTerminal } from '../escape-terminal.ts';

/** What names usually consist of; between backticks none of it means anything, not even inside a table. */
const PLAIN = /^[A-Za-z0-9._/:@+=,-]+( [A-Za-z0-9._/:@+=,-]+)*$/;

/**
 * Text from outside as code, in prose and in table cells alike. Code is the one place where GitLab makes no
 * mention, reference, label, emoji or link of what it finds. Odd text goes into `<code>` with every
 * punctuation character as an entity, since a backtick or a pipe would end the span or the cell.
 */
export function codeOf(text: string, limit = 500): string {
  const safe = escapeTerminal(text, limit);
  return PLAIN.test(safe) ? `\`${safe}\`` : codeElement(safe);
}

/** The same where Markdown is not read, such as in the line of a `<summary>`. */
export function htmlCodeOf(text: string, limit = 500): string {
  return codeElement(escapeTerminal(text, limit));
}

function codeElement(safe: string): string {
  return `<code>${PLAIN.test(safe) ? safe : safe.replace(/[!-/:-@[-`{-~]/g, entity)}</code>`;
}

/**
 * Prose that holds names from outside. What Markdown or HTML would obey becomes an entity; what GitLab looks
 * for after rendering (`@name`, `#1`, `!1`, `:emoji:`, `https://`) is cut in two by an element of its own.
 */
export function proseOf(text: string, limit = 4000): string {
  return escapeTerminal(text, limit).replace(OBEYED, (character) =>
    /[@#!$%^+:.]/.test(character) ? `<span>${character}</span>` : entity(character),
  );
}

const OBEYED = /[&<>`*_~[\]\\|@#!$%^+]|:(?=\S)|(?<=www)\.|^[-=]/gi;

function entity(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
