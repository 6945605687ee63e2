/** The page and its sections. */
export const STYLE_LAYOUT = `
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
h1 { font-size: 1.375rem; line-height: 1.4; font-weight: 600; max-width: 62rem; margin: .5rem 0 1.25rem; overflow-wrap: anywhere; }
h1.long { font-size: 1.125rem; font-weight: 500; }
h2 { font-size: 1.125rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0 0 .25rem; }
p { margin: .25rem 0; overflow-wrap: anywhere; }
code, .digest, .name, .path { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .875em; }
code { overflow-wrap: anywhere; }
button, input, select { font: inherit; color: inherit; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
.quiet { color: var(--quiet); }
.good { color: var(--match); }
.bad { color: var(--mismatch); }
.skip { position: absolute; left: -100rem; padding: .5rem 1rem; background: var(--card); color: var(--link); }
.skip:focus { left: .5rem; top: .5rem; z-index: 1; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scripted { display: none; }
.with-script .scripted { display: revert; }
.with-script .static { display: none; }
.plain { background: none; border: 1px solid var(--line); border-radius: 6px; padding: .2rem .65rem; cursor: pointer; font-size: .875rem; }
.plain:hover { background: var(--soft); }

.top button { flex: none; }
.top { display: flex; align-items: center; justify-content: space-between; gap: 1rem; margin-bottom: 1rem; min-height: 2rem; }
.hero, .steps, .repository, .sites, #tag-section .interactive, .static { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.hero { padding: 1.25rem 1.5rem; border-left: 6px solid var(--tone); }
.facts { font-size: .9375rem; }
.pill { display: inline-flex; align-items: center; gap: .4em; color: var(--tone); border: 1px solid currentColor; border-radius: 99px; padding: 0 .65em 0 .5em; font-size: .8125rem; font-weight: 600; line-height: 1.5rem; white-space: nowrap; }
.mark { font-family: ui-monospace, monospace; font-weight: 700; }
.hero > p > .pill { font-size: 1rem; line-height: 2rem; padding: 0 1em 0 .8em; }

.bar { display: block; width: 100%; height: 14px; border-radius: 4px; margin: .5rem 0; }
.bar rect { fill: var(--tone); stroke: var(--card); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .875rem; margin-bottom: .5rem; }
.key { display: inline-flex; align-items: center; gap: .4em; }
.key .mark { background: var(--tone); color: var(--card); border-radius: 3px; width: 1.3em; line-height: 1.3em; text-align: center; }

.steps { margin: 0; padding: .25rem 1.5rem; list-style: none; counter-reset: step; }
.steps > li { counter-increment: step; padding: 1rem 0 1rem 2.75rem; position: relative; border-bottom: 1px solid var(--line); }
.steps > li:last-child { border-bottom: 0; }
.steps > li::before { content: counter(step); position: absolute; left: 0; top: .95rem; width: 1.75rem; line-height: 1.75rem; text-align: center; border-radius: 50%; background: var(--soft); font-weight: 600; }
.steps ul { margin: 0; padding-left: 1.1rem; }
.steps li li { margin: .35rem 0; overflow-wrap: anywhere; }
.hint { display: block; color: var(--quiet); }

table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem; border-top: 1px solid var(--line); }
thead th, thead td { border-top: 0; color: var(--quiet); font-weight: 600; font-size: .875rem; }
tbody th { font-weight: 500; }
.scroll { overflow-x: auto; }
.sites { border-collapse: separate; border-spacing: 0; table-layout: fixed; overflow-wrap: anywhere; }
.sites tbody th { color: var(--quiet); width: 11rem; }
.sites thead td { width: 11rem; }
.minor { margin-top: .5rem; font-size: .875rem; }
.minor dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
.minor dd { margin: 0; overflow-wrap: anywhere; }
summary { cursor: pointer; }
.minor > summary { color: var(--quiet); }

.repository { margin: .5rem 0; }
.many .repository { content-visibility: auto; contain-intrinsic-size: auto 3.25rem; }
.repository > summary { padding: .75rem 1.25rem; overflow-wrap: anywhere; }
.repository > summary .name { font-weight: 600; margin-right: .4rem; }
.repository > summary .pill { vertical-align: middle; }
.repository .body { padding: 0 1.25rem 1rem; }
.repository h3 { margin-top: .75rem; }
.errors { margin: .25rem 0 .75rem; padding-left: 1.1rem; overflow-wrap: anywhere; }
.checksums { font-size: .875rem; }
.checksums th .quiet { font-weight: 400; }
.checksums th, .checksums td { padding: .35rem .75rem .35rem 0; }

.digest { background: none; border: 0; border-bottom: 1px dotted var(--quiet); padding: 0; cursor: copy; white-space: nowrap; }
.digest:hover { color: var(--link); border-color: currentColor; }
.digest.copied::after { content: " copied"; color: var(--match); font-family: system-ui, sans-serif; }
.digest.not-copied::after { content: " not copied"; color: var(--mismatch); font-family: system-ui, sans-serif; }
.whole { display: none; }
footer { margin-top: 2.5rem; font-size: .875rem; }
`;
