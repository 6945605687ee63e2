import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  cancelUpload,
  commitUpload,
  patchUpload,
  readUploadOffset,
  startUpload,
} from '../../src/registry/blob-uploads.ts';
import { getBlob, hasBlob } from '../../src/registry/blobs.ts';
import { deleteManifest } from '../../src/registry/delete-manifest.ts';
import { putManifest } from '../../src/registry/put-manifest.ts';
import { connect, disconnectAll } from '../reconcile/support.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';

const PATH = 'group/project';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const UPLOADS = `/v2/${PATH}/blobs/uploads/`;

let server: ScriptedServer;

beforeEach(async () => {
  server = await startScriptedServer();
});
afterEach(async () => {
  await disconnectAll();
  await server.close();
});

const client = () => connect(server.url).client;

test('an upload follows its Location from step to step, relative or absolute', async () => {
  server.expect(
    // A stream can be sent once only, so the way to authenticate is asked for before it.
    { method: 'GET', path: '/v2/', reply: { status: 200 } },
    { method: 'POST', path: UPLOADS, reply: { status: 202, headers: { location: `${UPLOADS}1?s=a` } } },
    {
      method: 'PATCH',
      path: `${UPLOADS}1?s=a`,
      headers: { 'content-range': '0-4', 'content-length': '5' },
      reply: { status: 202, headers: { location: `${server.url}${UPLOADS}1?s=b`, range: '0-4' } },
    },
    {
      method: 'GET',
      path: `${UPLOADS}1?s=b`,
      reply: { status: 204, headers: { location: `${UPLOADS}1?s=c`, range: '0-4' } },
    },
    {
      method: 'PUT',
      path: `${UPLOADS}1?s=c&digest=${encodeURIComponent(DIGEST)}`,
      headers: { 'content-length': '0' },
      reply: { status: 201 },
    },
  );
  const registry = client();
  const started = await startUpload(registry, PATH, null);
  if (started.kind !== 'started') throw new TypeError(started.kind);
  const body = Readable.from([Buffer.from('hello')], { objectMode: false });
  const patched = await patchUpload(registry, PATH, started.location, { body, length: 5, start: 0 });
  if (patched.kind !== 'accepted') throw new TypeError(patched.kind);
  expect(patched.offset).toBe(5);
  const at = await readUploadOffset(registry, PATH, patched.location);
  if (at.kind !== 'at') throw new TypeError(at.kind);
  expect(at.offset).toBe(5);
  expect(await commitUpload(registry, PATH, at.location, DIGEST, null)).toEqual({ kind: 'stored' });
  server.assertDone();
});

test('a mount names its source; one that is not done begins an upload', async () => {
  const path = `${UPLOADS}?mount=${encodeURIComponent(DIGEST)}&from=group%2Fother`;
  server.expect(
    { method: 'POST', path, reply: { status: 201 } },
    { method: 'POST', path, reply: { status: 202, headers: { location: `${UPLOADS}2` } } },
  );
  const mount = { digest: DIGEST, from: 'group/other' };
  expect(await startUpload(client(), PATH, mount)).toEqual({ kind: 'mounted' });
  expect(await startUpload(client(), PATH, mount)).toMatchObject({ kind: 'started' });
});

test('an upload is not sent to another host, whatever the Location says', async () => {
  server.expect({
    method: 'POST',
    path: UPLOADS,
    reply: { status: 202, headers: { location: 'https://elsewhere.example.com/upload' } },
  });
  await expect(startUpload(client(), PATH, null)).rejects.toThrow(/names another host/);
});

test('a cancelled upload does not mind a registry that is gone', async () => {
  const registry = client();
  await server.close();
  await cancelUpload(registry, PATH, new URL(`${server.url}${UPLOADS}1`));
});

test('a blob is read from an offset, and a server that ignores that is told apart from one that errs', async () => {
  const path = `/v2/${PATH}/blobs/${DIGEST}`;
  server.expect(
    {
      method: 'GET',
      path,
      headers: { range: 'bytes=3-' },
      reply: { status: 206, headers: { 'content-range': 'bytes 3-4/5' }, body: 'lo' },
    },
    {
      method: 'GET',
      path,
      headers: { range: 'bytes=3-' },
      reply: { status: 200, headers: { 'content-length': '5' }, body: 'hello' },
    },
    {
      method: 'GET',
      path,
      headers: { range: 'bytes=3-' },
      reply: { status: 206, headers: { 'content-range': 'bytes 4-4/5' }, body: 'o' },
    },
    {
      method: 'GET',
      path,
      headers: { range: null },
      reply: { status: 404, body: { errors: [{ code: 'BLOB_UNKNOWN' }] } },
    },
  );
  const read = async (from: number) => {
    const answer = await getBlob(client(), PATH, DIGEST, from);
    if (answer.kind === 'refused') return answer;
    const { start, total, stream } = answer;
    return { start, total, text: Buffer.concat(await stream.toArray()).toString() };
  };
  expect(await read(3)).toEqual({ start: 3, total: 5, text: 'lo' });
  expect(await read(3)).toEqual({ start: 0, total: 5, text: 'hello' });
  expect(await read(3)).toMatchObject({ kind: 'refused', status: 206 });
  expect(await read(0)).toMatchObject({ kind: 'refused', status: 404, code: 'BLOB_UNKNOWN' });
});

test('a blob is there, is not, or the registry does not say', async () => {
  const path = `/v2/${PATH}/blobs/${DIGEST}`;
  for (const status of [200, 404, 403]) server.expect({ method: 'HEAD', path, reply: { status } });
  expect(await hasBlob(client(), PATH, DIGEST)).toBe(true);
  expect(await hasBlob(client(), PATH, DIGEST)).toBe(false);
  expect(await hasBlob(client(), PATH, DIGEST)).toBe(403);
});

test('a manifest is pushed byte for byte, and sent again after a 503', async () => {
  const bytes = Buffer.from('{ "odd":   "spacing" }');
  const path = `/v2/${PATH}/manifests/latest`;
  const headers = { 'content-type': 'application/vnd.example+json' };
  server.expect(
    { method: 'PUT', path, headers, reply: { status: 503 } },
    { method: 'PUT', path, headers, reply: { status: 201 } },
  );
  const manifest = { bytes, mediaType: 'application/vnd.example+json' };
  expect(await putManifest(client(), PATH, 'latest', manifest)).toBeNull();
  expect(server.requests[1]?.body).toEqual(bytes);
});

test('a delete is sent once, whatever comes of it', async () => {
  const path = `/v2/${PATH}/manifests/latest`;
  server.expect({ method: 'DELETE', path, reply: { status: 503 } });
  expect(await deleteManifest(client(), PATH, 'latest')).toMatchObject({ status: 503 });
  server.expect({ method: 'DELETE', path, reply: { fault: 'reset' } });
  await expect(deleteManifest(client(), PATH, 'latest')).rejects.toThrow(/delete group\/project:latest/);
  expect(server.requests).toHaveLength(2);
});
