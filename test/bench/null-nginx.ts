import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { findExecutable, spawnServer, stopChild } from '../support/child-process.ts';
import { makeTempDir } from '../support/temp-dir.ts';
import type { HelperProcess } from './helper-process.ts';

/** nginx, when it is on this machine. */
export const NGINX = findExecutable(['nginx']);

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const MOST_WAITS = 100;

/**
 * Starts an nginx that answers as `null-registry.js` does, at a quarter of its work: what is left of the machine is the
 * client's. Each repository has the same tags, all of one digest.
 */
export async function startNullNginx(nginx: string, tags: number): Promise<HelperProcess> {
  const directory = makeTempDir('nginx');
  const port = await freePort();
  const names = Array.from({ length: tags }, (_, n) => `v1.${String(n).padStart(8, '0')}`);
  writeFileSync(join(directory, 'list.json'), JSON.stringify({ name: 'bench/null', tags: names }));
  const config = join(directory, 'nginx.conf');
  writeFileSync(config, configOf(directory, port));
  const child = spawnServer(nginx, ['-c', config, '-p', directory], process.env);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  const url = `http://127.0.0.1:${port}`;
  for (let waits = 0; child.exitCode === null && waits < MOST_WAITS; waits++) {
    const answer = await request(`${url}/v2/`).catch(() => null);
    await answer?.body.dump();
    if (answer?.statusCode === 200) return { url, stop: () => stopChild(child, 'SIGTERM') };
    await sleep(50);
  }
  await stopChild(child);
  throw new Error(`nginx did not listen:\n${errors}`);
}

function configOf(directory: string, port: number): string {
  // Started by root, nginx would read the list as nobody, who may not.
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr error;
events { worker_connections 2048; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} backlog=2048;
    add_header Docker-Distribution-Api-Version registry/2.0 always;
    location = /v2/ { default_type application/json; return 200 '{}'; }
    location ~ /tags/list$ { default_type application/json; alias ${directory}/list.json; }
    location ~ /manifests/ {
      default_type ${MANIFEST};
      add_header Docker-Distribution-Api-Version registry/2.0;
      add_header Docker-Content-Digest sha256:${'ab'.repeat(32)};
      return 200;
    }
    location / { return 404; }
  }
}
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
