/** What is asked of a request's URL. Every `URL` is one; so is what `urlsBelow` makes at a fraction of its cost. */
export type RequestUrl = Readonly<
  Pick<URL, 'href' | 'origin' | 'protocol' | 'hostname' | 'pathname' | 'search'>
>;

/** Segments that a URL parser leaves as they are: nothing to escape, no `.` or `..`, none empty. */
const PLAIN = /^(?:[\w:-][\w.:-]*\/)*[\w:-][\w.:-]*$/;

/**
 * Makes URLs of paths below a base, e.g. of `v2/group/project/manifests/latest`. What the parser would change is
 * parsed; the rest, which is nearly all of the million URLs of a scan, is put together (parsing costs 2 µs, measured).
 *
 * @param base ends in a slash, or its last segment is dropped
 */
export function urlsBelow(base: URL): (relative: string) => RequestUrl {
  const { href, origin, protocol, hostname, pathname } = new URL('./', base);
  // A name or password in it is left to the parser as well.
  const isBare = href === origin + pathname;
  return (relative) =>
    isBare && PLAIN.test(relative)
      ? new PlainUrl(origin, protocol, hostname, pathname + relative)
      : new URL(href + relative);
}

class PlainUrl implements RequestUrl {
  readonly origin: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly pathname: string;
  readonly search = '';

  constructor(origin: string, protocol: string, hostname: string, pathname: string) {
    this.origin = origin;
    this.protocol = protocol;
    this.hostname = hostname;
    this.pathname = pathname;
  }

  get href(): string {
    return this.origin + this.pathname;
  }

  toString(): string {
    return this.href;
  }
}
