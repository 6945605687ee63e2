/**
 * The target of the first link with the given relation in a `Link` header (RFC 8288), or null. A splitter
 * that walks the text once: commas and semicolons inside `<…>` or quotes do not separate.
 */
export function parseLink(header: string | null, relation: string): string | null {
  if (header === null) return null;
  for (const link of splitOutside(header, ',')) {
    const [target = '', ...parameters] = splitOutside(link, ';').map((part) => part.trim());
    if (!target.startsWith('<') || !target.endsWith('>')) continue;
    for (const parameter of parameters) {
      const equals = parameter.indexOf('=');
      if (equals < 0 || parameter.slice(0, equals).trim().toLowerCase() !== 'rel') continue;
      const value = parameter
        .slice(equals + 1)
        .trim()
        .replace(/^"|"$/g, '');
      if (value.toLowerCase().split(/\s+/).includes(relation)) return target.slice(1, -1);
      // RFC 8288 §3.3: of several `rel` parameters the first one counts.
      break;
    }
  }
  return null;
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  let bracketed = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (quoted) {
      if (character === '\\') i++;
      else if (character === '"') quoted = false;
    } else if (bracketed) {
      if (character === '>') bracketed = false;
    } else if (character === '"') quoted = true;
    else if (character === '<') bracketed = true;
    else if (character === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
