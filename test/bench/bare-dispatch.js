// As little as undici lets one do: `node bare-dispatch.js <requests per URL> <in flight> <URL>...` sends HEADs to
// all of the URLs' servers at once and prints the seconds that the requests took, without the start of the process.
import { Pool } from 'undici';

const [, , count, inFlight, ...urls] = process.argv;
const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

async function headAll(text) {
  const { origin, pathname } = new URL(text);
  const pool = new Pool(origin, { connections: Number(inFlight), pipelining: 1 });
  const options = { path: pathname, method: 'HEAD', headers: { accept }, reset: false };
  let left = Number(count);
  let open = Number(inFlight);
  await new Promise((resolve, reject) => {
    const next = () => {
      if (left-- > 0) pool.dispatch(options, handler);
      else if (--open === 0) resolve();
    };
    const handler = {
      onConnect() {},
      onHeaders: (status) => {
        if (status !== 200) reject(new Error(`status ${status}`));
        return true;
      },
      onData: () => true,
      onComplete: next,
      onError: reject,
    };
    for (let n = 0; n < Number(inFlight); n++) next();
  });
  await pool.close();
}

const startedAt = process.hrtime.bigint();
await Promise.all(urls.map(headAll));
process.stdout.write(String(Number(process.hrtime.bigint() - startedAt) / 1e9));
