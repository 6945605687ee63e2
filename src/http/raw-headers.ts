/** Headers as undici's parser hands them over: name, value, name, value, … in the bytes that came. */
export type RawHeaders = readonly Uint8Array[];

/**
 * The value of a header, repeated ones joined by `, `, or null. Looked up in the raw bytes because a response has
 * a dozen headers of which two are asked for: making text of all of them costs more than sending the request.
 */
export function rawHeader(headers: RawHeaders, name: Lowercase<string>): string | null {
  let found: string | null = null;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const key = headers[at];
    if (key?.length !== name.length || !isName(key, name)) continue;
    const value = textOf(headers[at + 1]);
    found = found === null ? value : `${found}, ${value}`;
  }
  return found;
}

/** Whether the bytes spell the name in whatever case; a text of each header would be made for nothing. */
function isName(key: Uint8Array, name: string): boolean {
  for (let at = 0; at < name.length; at++) {
    const unit = key[at] ?? 0;
    const isUpper = unit >= UPPER_A && unit <= UPPER_Z;
    if ((isUpper ? unit + TO_LOWER : unit) !== name.charCodeAt(at)) return false;
  }
  return true;
}

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const TO_LOWER = 0x20;

function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) return '';
  return (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes)).toString('latin1');
}
