// A registry that has nothing to do: `node null-registry.js <number of tags>`. It answers every manifest with one
// digest. Its first line on stdout is its URL.
import { createServer } from 'node:http';

const digest = `sha256:${'ab'.repeat(32)}`;
const tags = Array.from({ length: Number(process.argv[2]) }, (_, n) => `v1.${String(n).padStart(8, '0')}`);
const list = JSON.stringify({ name: 'bench/null', tags });
const manifestHeaders = {
  'content-type': 'application/vnd.oci.image.manifest.v1+json',
  'docker-content-digest': digest,
  'docker-distribution-api-version': 'registry/2.0',
  'content-length': '0',
};

const server = createServer((request, response) => {
  const { url = '' } = request;
  if (url.includes('/manifests/')) {
    response.writeHead(200, manifestHeaders).end();
  } else if (url.includes('/tags/list')) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(list);
  } else if (url === '/v2/') {
    response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
  } else response.writeHead(404).end();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${server.address().port}\n`));
