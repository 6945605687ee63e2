import { STYLE_LAYOUT } from './style-layout.ts';
import { STYLE_PRINT } from './style-print.ts';
import { STYLE_TAGS } from './style-tags.ts';

const DARK = `
  color-scheme: dark;
  --page: #14171c; --card: #1b1f26; --ink: #e6e8eb; --quiet: #a3abb7; --line: #323843; --soft: #232832; --link: #8ab4f8;
  --match: #5fb98c; --mismatch: #f08178; --primary-only: #e3a94a; --secondary-only: #b49cf2; --unresolvable: #e58ab5;
`;

/** Colours first; every colour is beside a word that says the same. All text has a contrast of 4.5 or more. */
const STYLE_COLOURS = `
:root {
  color-scheme: light;
  --page: #f6f6f4; --card: #ffffff; --ink: #1f2630; --quiet: #5b6472; --line: #dcdfe4; --soft: #f0f1f3; --link: #1f5fae;
  --match: #2a7350; --mismatch: #b3372f; --primary-only: #8f5a00; --secondary-only: #6546b0; --unresolvable: #9c2c66;
}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${DARK}} }
:root[data-theme="dark"] {${DARK}}
.s-MATCH, .v-IN-SYNC { --tone: var(--match); }
.s-MISMATCH, .v-OUT-OF-SYNC { --tone: var(--mismatch); }
.s-PRIMARY-ONLY, .v-INCOMPLETE { --tone: var(--primary-only); }
.s-SECONDARY-ONLY { --tone: var(--secondary-only); }
.s-UNRESOLVABLE { --tone: var(--unresolvable); }
`;

/** The page's whole style sheet. */
export const STYLE = STYLE_COLOURS + STYLE_LAYOUT + STYLE_TAGS + STYLE_PRINT;
