// A registry that has nothing to do: `node null-registry.js '{"tags":1000}'`. Every repository has the same tags.
// With `digests`, tags have that many digests by turns and the GitLab v1 list is served too, in pages made when they
// are asked for; else every manifest has one digest. Its first line on stdout is its URL. `GET /__counts` gives what
// was answered since the last one, and starts anew; `GET /__answered` gives the number of requests, and does not.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const { tags: tagCount, digests: digestCount = 0 } = JSON.parse(process.argv[2] ?? '{}');
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const PUBLISHED = '2026-01-02T03:04:05.678+00:00';
const tags = Array.from({ length: tagCount }, (_, n) => `v1.${String(n).padStart(8, '0')}`);
const digests = Array.from(
  { length: digestCount },
  (_, n) => `sha256:${createHash('sha256').update(String(n)).digest('hex')}`,
);
const list = JSON.stringify(tags);
const manifestHeaders = {
  'content-type': MANIFEST,
  'docker-content-digest': `sha256:${'ab'.repeat(32)}`,
  'docker-distribution-api-version': 'registry/2.0',
  'content-length': '0',
};
const pingHeaders = {
  'docker-distribution-api-version': 'registry/2.0',
  ...(digestCount > 0 && {
    'gitlab-container-registry-version': '4.30.0-gitlab',
    'gitlab-container-registry-database-enabled': 'true',
    'gitlab-container-registry-features': 'tag_delete,ext_manifest_delete',
  }),
};
const json = { 'content-type': 'application/json' };

let counts = none();
let inFlight = 0;

function none() {
  return { requests: {}, connections: 0, sentBytes: 0, receivedBytes: 0, mostInFlight: 0, times: [] };
}

const server = createServer((request, response) => {
  const { url = '', method = 'GET', socket } = request;
  if (url.startsWith('/__')) return answerCounts(url, response);
  // Counted with its first request, so that the connection that asks for the counts is none.
  if (!socket.counted) counts.connections++;
  socket.counted = true;
  counts.requests[method] = (counts.requests[method] ?? 0) + 1;
  inFlight++;
  if (inFlight > counts.mostInFlight) counts.mostInFlight = inFlight;
  answer(url, response);
  inFlight--;
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));

function answer(url, response) {
  if (url.includes('/manifests/')) {
    counts.times.push(performance.now());
    if (digestCount === 0) return response.writeHead(200, manifestHeaders).end();
    const number = Number(url.slice(url.lastIndexOf('.') + 1));
    return response
      .writeHead(200, { ...manifestHeaders, 'docker-content-digest': digests[number % digestCount] })
      .end();
  }
  if (url.startsWith('/gitlab/v1/')) return answerGitlab(url, response);
  if (url.includes('/tags/list')) {
    const path = url.slice('/v2/'.length, url.indexOf('/tags/list'));
    return response.writeHead(200, json).end(`{"name":"${path}","tags":${list}}`);
  }
  if (url === '/v2/') return response.writeHead(200, pingHeaders).end('{}');
  return response.writeHead(404).end();
}

function answerGitlab(url, response) {
  if (digestCount === 0) return response.writeHead(404).end();
  if (url === '/gitlab/v1/') return response.writeHead(200, json).end('{}');
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  if (!pathname.endsWith('/tags/list/')) return response.writeHead(404).end();
  const size = Math.min(Number(searchParams.get('n') ?? 100), 1000);
  const last = searchParams.get('last');
  const first = last === null ? 0 : Number(last.slice('v1.'.length)) + 1;
  const end = Math.min(first + size, tagCount);
  const entries = [];
  for (let n = first; n < end; n++) {
    const digest = digests[n % digestCount];
    entries.push(
      `{"name":"${tags[n]}","digest":"${digest}","config_digest":"${digest}","media_type":"${MANIFEST}","size_bytes":1234,"created_at":"${PUBLISHED}","published_at":"${PUBLISHED}"}`,
    );
  }
  const link = { ...json, link: `<${pathname}?last=${tags[end - 1]}&n=${size}>; rel="next"` };
  response.writeHead(200, end < tagCount ? link : json).end(`[${entries.join(',')}]`);
}

function answerCounts(url, response) {
  if (url === '/__answered') {
    const sum = Object.values(counts.requests).reduce((total, count) => total + count, 0);
    response.end(String(sum));
    return;
  }
  const { times, ...rest } = counts;
  // A manifest's rate after the ramp is that of the second half of the requests.
  const half = times.length >> 1;
  const span = times.length < 2 ? 0 : times[times.length - 1] - times[half];
  const secondHalfRate = span === 0 ? null : ((times.length - 1 - half) * 1000) / span;
  const answer = JSON.stringify({ ...rest, secondHalfRate });
  counts = none();
  response.end(answer);
}
