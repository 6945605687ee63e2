// A TCP proxy with a long way to its target: `node delay-proxy.js <target URL> <round trip ms>`. Every piece of data
// arrives half a round trip after it was sent, in order and as fast as it was sent; nothing limits the bandwidth.
// Its first line on stdout is its URL.
import { connect, createServer } from 'node:net';

const target = new URL(process.argv[2] ?? '');
const oneWayMs = Number(process.argv[3]) / 2;

// All pieces are as late as one another, so one queue holds those of all connections in order, with one timer.
const queue = [];
let head = 0;
let waits = false;

function later(action) {
  queue.push({ at: performance.now() + oneWayMs, action });
  if (!waits) wait(oneWayMs);
}

function wait(ms) {
  waits = true;
  setTimeout(deliver, Math.max(0, ms));
}

function deliver() {
  waits = false;
  // A timer may be early by the fraction of a millisecond that it was rounded by.
  const now = performance.now() + 0.5;
  while (head < queue.length && queue[head].at <= now) queue[head++].action();
  if (head === queue.length) {
    queue.length = 0;
    head = 0;
  } else {
    if (head > 10_000) {
      queue.splice(0, head);
      head = 0;
    }
    wait(queue[head].at - performance.now());
  }
}

function join(from, to) {
  from.on('data', (piece) => later(() => to.destroyed || to.write(piece)));
  from.on('end', () => later(() => to.destroyed || to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => later(() => to.destroy()));
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({
    host: target.hostname,
    port: Number(target.port),
    allowHalfOpen: true,
    noDelay: true,
  });
  join(near, far);
  join(far, near);
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, () =>
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`),
);
