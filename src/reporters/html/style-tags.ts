/** The tags: controls, rows, details. */
export const STYLE_TAGS = `
#tag-section .interactive { padding: 1rem 1.25rem; }
#tag-section { scroll-margin-top: .5rem; }
.controls { display: flex; flex-wrap: wrap; align-items: end; gap: .6rem 1rem; margin-bottom: .75rem; font-size: .875rem; }
.controls label { display: flex; flex-direction: column; gap: .15rem; color: var(--quiet); max-width: 100%; }
.controls label[hidden] { display: none; }
.controls .grow { flex: 1 1 18rem; }
.controls input[type="search"], .controls select { background: var(--page); color: var(--ink); border: 1px solid var(--line); border-radius: 6px; padding: .4rem .6rem; height: 2.375rem; max-width: 100%; }
.controls select { max-width: 22rem; }
.controls .check { flex-direction: row; align-items: center; gap: .4rem; color: var(--ink); line-height: 1.75rem; }
.controls input[type="checkbox"] { width: 1rem; height: 1rem; accent-color: var(--link); margin: 0; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
legend { float: left; padding: 0; margin-right: 1rem; line-height: 1.75rem; color: var(--quiet); }
#shown { color: var(--quiet); font-size: .875rem; margin-bottom: .5rem; }
#tag-table { font-size: .875rem; }
#tag-table th, #tag-table td { padding: .4rem .75rem .4rem 0; }
#tag-table .tag > * { vertical-align: baseline; }
#tag-table .pill { border: 0; padding: 0; }
#tag-table thead th { white-space: nowrap; }
.sort { background: none; border: 0; padding: 0; font-weight: 600; cursor: pointer; }
.sort:hover { text-decoration: underline; }
.fold { background: none; border: 0; padding: 0; cursor: pointer; text-align: left; display: flex; gap: .5em; }
.fold::before { content: "▸"; color: var(--quiet); flex: none; width: .8em; }
.fold[aria-expanded="true"]::before { content: "▾"; }
.fold.name { overflow-wrap: anywhere; min-width: 9rem; }
.path { overflow-wrap: anywhere; padding-left: 1.5em; font-size: .75rem; color: var(--quiet); }
#tag-table .group > th, .static .group > th { background: var(--soft); padding: .6rem .75rem; }
.group .fold { display: block; font-weight: 600; }
.group .fold::before { display: inline-block; margin-right: .3em; }
.group code, .group .quiet { font-weight: 400; }
.group + .group > th { border-top: 1px solid var(--line); }
.notes { min-width: 11rem; }
.notes code { color: var(--quiet); font-size: .75rem; display: inline-block; }
.note { display: inline-block; background: var(--soft); border-radius: 4px; padding: 0 .4em; font-size: .8125rem; }
#tag-table .detail > td { border-top: 0; background: var(--page); padding: .5rem 1.25rem .75rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: .25rem 2rem; }
.sides dl { display: grid; grid-template-columns: 6rem 1fr; gap: .1rem .75rem; margin: .25rem 0; }
.sides dt { color: var(--quiet); }
.sides dd { margin: 0; overflow-wrap: anywhere; }
.pages { display: flex; justify-content: center; align-items: center; gap: .5rem; margin-top: 1rem; font-size: .875rem; }
.pages[hidden] { display: none; }
.pages button { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .25rem .8rem; cursor: pointer; }
.pages button:disabled { color: var(--quiet); opacity: .6; cursor: default; }
.pages span { min-width: 9rem; text-align: center; }
.static { padding: .5rem 1.25rem; overflow-x: auto; }
.static table { font-size: .875rem; }
@media (max-width: 40rem) {
  main { padding: .75rem .75rem 3rem; }
  h1 { font-size: 1.125rem; }
  .hero { padding: 1rem; }
  .steps { padding: .25rem 1rem; }
  .sites tbody th, .sites thead td { width: 6.5rem; }
}
`;
