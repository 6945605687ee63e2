import { SCRIPT_CONTROLS } from './script-controls.ts';
import { SCRIPT_ROWS } from './script-rows.ts';
import { SCRIPT_SELECT } from './script-select.ts';

/**
 * The page's script. It is plain text here, because the build is `tsc` alone and the browser gets it as it
 * stands; its parts share one function scope. It makes elements and sets text, never markup.
 */
export const SCRIPT = `(() => {\n'use strict';\n${SCRIPT_SELECT}${SCRIPT_ROWS}${SCRIPT_CONTROLS}})();\n`;
