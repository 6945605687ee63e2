import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Exchange, Fault } from './fault-proxy.ts';

/** Time for the other end to read what was written before the connection is torn down. */
const FLUSH_MS = 30;

/** The fault for the first request that it could happen to, and none after it. */
export function once(fault: Fault): Fault {
  return (exchange) => (exchange.count === 1 ? fault(exchange) : exchange.pass());
}

/** Answers with a status, and with a body as a registry, or something in front of it, sends it. */
export function status(code: number, body = '', headers: Readonly<Record<string, string>> = {}): Fault {
  const type = body.startsWith('{') ? 'application/json' : body.startsWith('<') ? 'text/html' : 'text/plain';
  return ({ answer }) => answer({ status: code, headers: { 'content-type': type, ...headers }, body });
}

/** What a registry says of an error (OCI distribution-spec, "Error Codes"). */
export function registryError(code: string, message: string): string {
  return JSON.stringify({ errors: [{ code, message, detail: null }] });
}

/** A page such as a proxy or a load balancer makes. */
export function page(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
}

/** The registry's answer with another body, whose length is told rightly. */
export function body(change: (real: Buffer) => Uint8Array | string): Fault {
  return async ({ real, answer }) => {
    const { status: code, headers, body: bytes } = await real();
    answer({ status: code, headers, body: change(bytes) });
  };
}

/** A body of JSON in the place of the registry's. */
export function json(value: unknown): Fault {
  return ({ answer }) =>
    answer({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) });
}

/** The registry's answer with changed headers; undefined takes one away. */
export function headers(change: Readonly<Record<string, string | undefined>>): Fault {
  return async ({ real, answer }) => {
    const { status: code, headers: given, body: bytes } = await real();
    answer({ status: code, headers: { ...given, ...change }, body: bytes });
  };
}

/** The registry's answer by hand: its own status and headers but for those of the length, then what `write` writes. */
function byHand(
  length: (bytes: Buffer) => string,
  write: (exchange: Exchange, bytes: Buffer) => unknown,
): Fault {
  return async (exchange) => {
    const { status: code, headers: given, body: bytes } = await exchange.real();
    const lines = Object.entries(given)
      .filter(([name]) => !/^(?:content-length|connection|keep-alive|transfer-encoding)$/.test(name))
      .map(([name, value]) => `${name}: ${value}\r\n`);
    await exchange.raw(`HTTP/1.1 ${code} OK\r\n${lines.join('')}${length(bytes)}\r\n`);
    await write(exchange, bytes);
  };
}

const exactly = (bytes: Buffer) => `content-length: ${bytes.length}\r\n`;
const chunked = () => 'transfer-encoding: chunked\r\n';
const chunk = (bytes: Buffer) => `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

async function reset({ socket }: Exchange): Promise<void> {
  await sleep(FLUSH_MS);
  if ('encrypted' in socket) socket.destroy();
  else socket.resetAndDestroy();
}

const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');

/** Writes megabytes until the other end has enough, at most so many. */
async function flood(exchange: Exchange, megabytes: number, asChunks: boolean): Promise<void> {
  for (let i = 0; i < megabytes && !exchange.socket.destroyed; i++) {
    if (asChunks) await exchange.raw(`${MEGABYTE.length.toString(16)}\r\n`);
    await exchange.raw(MEGABYTE);
    if (asChunks) await exchange.raw('\r\n');
  }
}

/** The connection is reset when the request has come. */
export const resetBeforeHeaders: Fault = ({ socket }) => {
  socket.resetAndDestroy();
};

/** The connection is closed in order, without an answer. */
export const closeWithoutAnswer: Fault = ({ socket }) => {
  socket.end();
};

/** The connection is reset in the middle of a header line. */
export const resetInHeaders: Fault = async (exchange) => {
  await exchange.raw('HTTP/1.1 200 OK\r\nContent-Type: appl');
  await reset(exchange);
};

/** Half of the body, then a reset. */
export const resetInBody: Fault = byHand(exactly, async (exchange, bytes) => {
  await exchange.raw(half(bytes));
  await reset(exchange);
});

/** Takes the request and never answers. */
export const neverAnswers: Fault = () => undefined;

/** One byte a second of `text`, as long as somebody listens. */
async function drip(exchange: Exchange, text: string | Buffer): Promise<void> {
  for (const byte of Buffer.from(text)) {
    if (exchange.socket.destroyed) return;
    await exchange.raw(Buffer.of(byte));
    await sleep(1000);
  }
}

/** The headers come one byte a second. */
export const dripsHeaders: Fault = (exchange) =>
  drip(exchange, `HTTP/1.1 200 OK\r\n${'X-Slow: yes\r\n'.repeat(1000)}\r\n`);

/** The headers at once, the body one byte a second. */
export const dripsBody: Fault = byHand(
  () => 'content-length: 5000\r\n',
  (exchange) => drip(exchange, ' '.repeat(5000)),
);

/** Half of the body, then nothing, on an open connection. */
export const stallsInBody: Fault = byHand(exactly, (exchange, bytes) => exchange.raw(half(bytes)));

/** `Content-Length` tells more than comes before the connection is closed. */
export const lengthTooLong: Fault = byHand(
  (bytes) => `content-length: ${bytes.length + 100}\r\n`,
  async ({ raw, socket }, bytes) => {
    await raw(bytes);
    socket.end();
  },
);

/** `Content-Length` tells half of what comes; the rest stands where the next answer is expected. */
export const lengthTooShort: Fault = byHand(
  (bytes) => `content-length: ${half(bytes).length}\r\n`,
  ({ raw }, bytes) => raw(bytes),
);

/** Two lengths that contradict each other. */
export const twoLengths: Fault = byHand(
  (bytes) => `content-length: ${bytes.length}\r\ncontent-length: ${bytes.length + 7}\r\n`,
  async ({ raw, socket }, bytes) => {
    await raw(bytes);
    socket.end();
  },
);

/** A chunked body without its end. */
export const chunkedCutOff: Fault = byHand(chunked, async ({ raw, socket }, bytes) => {
  await raw(chunk(half(bytes)));
  socket.end();
});

/** A chunk that is longer than its size says. */
export const chunkTooLong: Fault = byHand(chunked, ({ raw }, bytes) =>
  raw(`${half(bytes).length.toString(16)}\r\n${bytes.toString('latin1')}\r\n0\r\n\r\n`),
);

/** A chunked body that has no end. */
export const chunkedWithoutEnd: Fault = byHand(chunked, (exchange) => flood(exchange, 4096, true));

/** A body of 4 GiB, as its length says. */
export const hugeBody: Fault = byHand(
  () => `content-length: ${4 * 1024 ** 3}\r\n`,
  (exchange) => flood(exchange, 4096, false),
);

/** Proper JSON of the right shape, of more bytes than a page may have. */
export const hugeJson: Fault = byHand(chunked, async ({ raw }) => {
  const name = Buffer.alloc(1024 * 1024, 'x').toString();
  await raw(chunk(Buffer.from('{"tags":["x"')));
  for (let i = 0; i < 40; i++) await raw(chunk(Buffer.from(`,"${i}${name}"`)));
  await raw(`${chunk(Buffer.from(']}'))}0\r\n\r\n`);
});

/** Headers of a megabyte. */
export const hugeHeaders: Fault = async ({ raw }) => {
  await raw(`HTTP/1.1 200 OK\r\n${`X-Long: ${'x'.repeat(1000)}\r\n`.repeat(1000)}content-length: 0\r\n\r\n`);
};

/** Something that is no HTTP at all. */
export const notHttp: Fault = async ({ raw, socket }) => {
  await raw('SSH-2.0-OpenSSH_9.2p1\r\n');
  socket.end();
};

/** An honest answer on a connection that is closed right behind it, though nothing announced that. */
export const closesKeepAlive: Fault = byHand(exactly, async ({ raw, socket, method }, bytes) => {
  if (method !== 'HEAD') await raw(bytes);
  socket.destroySoon();
});

/** Ten megabytes of gzip that would be ten gigabytes, under `Content-Encoding: gzip` that nobody asked for. */
export const gzipBomb: Fault = ({ answer }) => {
  answer({
    status: 200,
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: bomb(),
  });
};

let made: Buffer | undefined;

/** Gzip members follow each other as one stream: ten thousand times a megabyte of nulls, each a kilobyte. */
function bomb(): Buffer {
  made ??= Buffer.concat(Array(10 * 1024).fill(gzipSync(Buffer.alloc(1024 * 1024))));
  return made;
}

/** The registry's own answer, packed although it was not to be. */
export const gzipped: Fault = async ({ real, answer }) => {
  const { status: code, headers: given, body: bytes } = await real();
  answer({ status: code, headers: { ...given, 'content-encoding': 'gzip' }, body: gzipSync(bytes) });
};

/** A redirect to the path itself with ever another query. */
export const redirectLoop: Fault = ({ answer, path, count }) => {
  answer({ status: 302, headers: { location: `${path.split('?')[0]}?again=${count}` } });
};

/** A redirect. */
export function redirectTo(location: string): Fault {
  return status(307, '', { location });
}
