/** Paper: black on white whatever the screen shows, nothing folded, digests whole, no controls. */
export const STYLE_PRINT = `
.on-paper { display: none; }
@media print {
  @page { margin: 14mm; }
  :root, :root[data-theme="dark"], :root:not([data-theme="light"]) {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --quiet: #444; --line: #bbb; --soft: #f2f2f2; --link: #000;
    --match: #2a7350; --mismatch: #b3372f; --primary-only: #8f5a00; --secondary-only: #6546b0; --unresolvable: #9c2c66;
  }
  body { font-size: 10pt; }
  h1 { font-size: 14pt; }
  h1.long { font-size: 11pt; }
  h2 { margin-top: 8mm; }
  main { max-width: none; padding: 0; }
  .with-script .scripted, .skip, .said, .digest { display: none; }
  .with-script .static, .on-paper { display: block; }
  .many .repository.off-paper { display: none; }
  .whole { display: inline; font-family: ui-monospace, monospace; font-size: 7pt; overflow-wrap: anywhere; }
  .hero, .steps, .repository, .sites, .static { border-radius: 0; }
  .static, .hero { padding-left: 4mm; padding-right: 4mm; }
  .static { padding: 0; border: 0; overflow: visible; }
  .scroll { overflow: visible; }
  .many .repository { content-visibility: visible; }
  .repository::details-content { content-visibility: visible; }
  table, #tag-table, .static table, .checksums { font-size: 8pt; }
  th, td { padding: .8mm 2mm .8mm 0; }
  thead th, thead td { font-size: inherit; }
  .sites th, .sites td { padding-left: 2mm; }
  .minor:not([open]) { display: none; }
  .static .group > th { padding: 1.5mm 2mm; font-size: 8pt; }
  thead { display: table-header-group; }
  tr, .steps > li, .bar, .legend, .hero { break-inside: avoid; }
  h2, h3, .repository > summary, .group { break-after: avoid; }
  .bar, .key .mark, .group > th, .steps > li::before, .hero { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .pill { font-size: 8pt; line-height: 1.4; }
  td .pill { border: 0; padding: 0; }
  .short { white-space: nowrap; }
}
`;
