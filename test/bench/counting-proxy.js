// A reverse proxy in a process of its own that counts what passes: `node counting-proxy.js <target URL>`.
// Its first line on stdout is its URL; `GET /__counts` gives the counts since the last one, and starts anew.
import { Agent, createServer, request } from 'node:http';

const target = new URL(process.argv[2] ?? '');
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
let counts = none();
let inFlight = 0;

function none() {
  return { requests: {}, connections: 0, sentBytes: 0, receivedBytes: 0, mostInFlight: 0 };
}

const server = createServer((incoming, outgoing) => {
  if (incoming.url === '/__counts') {
    const answer = JSON.stringify(counts);
    counts = none();
    outgoing.end(answer);
    return;
  }
  const { socket, method = 'GET' } = incoming;
  // Counted with its first request, so that the connection that asks for the counts is none.
  if (!socket.counted) counts.connections++;
  socket.counted = true;
  counts.requests[method] = (counts.requests[method] ?? 0) + 1;
  inFlight++;
  counts.mostInFlight = Math.max(counts.mostInFlight, inFlight);
  outgoing.on('close', () => inFlight--);
  // `Host` stays the proxy's: the registry builds its upload URLs from it.
  const upstream = request(
    {
      agent,
      host: target.hostname,
      port: target.port,
      method,
      path: incoming.url,
      headers: incoming.headers,
    },
    (answer) => {
      answer.on('data', (chunk) => {
        counts.receivedBytes += chunk.length;
      });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  incoming.on('data', (chunk) => {
    counts.sentBytes += chunk.length;
  });
  upstream.on('error', () => outgoing.destroy());
  incoming.pipe(upstream);
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
