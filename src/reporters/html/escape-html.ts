import { escapeTerminal } from '../escape-terminal.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for an element or a quoted attribute. Controls and what would hide or reorder text become visible
 * escapes such as `\u202e`, as they do in a terminal.
 */
export function escapeHtml(text: string, limit = 2000): string {
  return escapeTerminal(text, limit).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** JSON for a `<script>` element: nothing in it can end the element or begin a comment, and it parses to the same. */
export function escapeScriptJson(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
