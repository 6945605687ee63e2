// Stores what `--help` prints beside the built code (dist/help), so that it is answered without the parser that makes
// it. The second step of `npm run build`; without these texts the command asks the parser.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const built = resolve(process.argv[2] ?? 'dist');
const { renderHelp } = await import(pathToFileURL(join(built, 'lib', 'render-help.js')).href);
const help = join(built, 'help');
rmSync(help, { recursive: true, force: true });
mkdirSync(help);
for (const [name, text] of await renderHelp()) writeFileSync(join(help, name), text);
