import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A registry that puts a nasty text wherever a registry can put text, and keeps what it is asked byte by byte. */
export interface EvilRegistry {
  /** Without a slash at the end. */
  readonly url: string;
  /** Every request head as it came, line by line. */
  readonly heads: string[][];
  /** What is put into every name and message from now on. */
  text: string;
  /** Tags that are listed beside the nasty one. */
  readonly tags: readonly string[];
  close(): Promise<void>;
}

/** What HTTP lets into a header: no line's end and no NUL. Bytes beyond ASCII go as they are, in UTF-8. */
function headerText(text: string): string {
  return text.slice(0, 4000).replace(/[\p{Cc}\p{Cs}]/gu, ' ');
}

/** Starts it on a free port of 127.0.0.1. */
export async function startEvilRegistry(tags: readonly string[]): Promise<EvilRegistry> {
  const heads: string[][] = [];
  const sockets = new Set<Socket>();
  const state = { text: '' };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      for (let end = received.indexOf('\r\n\r\n'); end >= 0; end = received.indexOf('\r\n\r\n')) {
        const head = received.slice(0, end).split('\r\n');
        received = received.slice(end + 4);
        heads.push(head);
        socket.write(answerTo(head[0] ?? '', state.text, tags));
      }
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heads,
    tags,
    get text() {
      return state.text;
    },
    set text(text) {
      state.text = text;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function answerTo(line: string, text: string, tags: readonly string[]): Buffer {
  const [method = '', target = ''] = line.split(' ');
  const { status, json, headers = {} } = replyTo(target, text, tags);
  const body = Buffer.from(JSON.stringify(json));
  const evil = headerText(text);
  const all = {
    Server: evil,
    'Gitlab-Container-Registry-Version': evil,
    'Gitlab-Container-Registry-Features': evil,
    'Content-Length': String(body.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`HTTP/1.1 ${status} ${evil.slice(0, 50)}\r\n${lines.join('')}\r\n`);
  return method === 'HEAD' ? head : Buffer.concat([head, body]);
}

interface EvilReply {
  readonly status: number;
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function replyTo(target: string, text: string, tags: readonly string[]): EvilReply {
  const error = { errors: [{ code: text, message: text, detail: { [text]: text } }] };
  if (target === '/v2/') return { status: 200, json: {} };
  if (target.startsWith('/v2/_catalog'))
    return { status: 200, json: { repositories: ['group/app', text, `group/${text}`, `${text}/app`] } };
  if (target.includes('/unread/'))
    return {
      status: 401,
      json: error,
      headers: { 'WWW-Authenticate': `Bearer realm="${headerText(text)}",error="${headerText(text)}"` },
    };
  if (target.includes('/tags/list'))
    return { status: 200, json: { name: text, tags: [text, `v1${text}`, ...tags] } };
  return { status: 404, json: error, headers: { 'Content-Type': headerText(text) } };
}
