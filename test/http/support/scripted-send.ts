import { Readable } from 'node:stream';
import type { HttpRequest, HttpResponse, Send } from '../../../src/http/message.ts';

/** What a scripted `Send` answers: a response, or an error that it throws. */
export type Step = { status?: number; headers?: Record<string, string>; body?: string } | Error;

export interface ScriptedSend {
  readonly send: Send;
  readonly requests: readonly HttpRequest[];
  /** Bodies that were neither read nor let go of. */
  open(): number;
}

/** A `Send` without a network, for wrappers that only decide; the last step repeats. */
export function scriptedSend(...steps: readonly Step[]): ScriptedSend {
  const requests: HttpRequest[] = [];
  let open = 0;
  const send: Send = async (request) => {
    const step = steps[Math.min(requests.length, steps.length - 1)] ?? {};
    requests.push(request);
    await Promise.resolve();
    if (step instanceof Error) throw step;
    return responseOf(request, step);
  };
  function responseOf(
    request: HttpRequest,
    { status = 200, headers = {}, body = '' }: Exclude<Step, Error>,
  ): HttpResponse {
    open++;
    let done = false;
    const finish = () => {
      if (!done) open--;
      done = true;
    };
    return {
      status,
      url: request.url,
      header: (name) => headers[name.toLowerCase()] ?? null,
      bytes: async () => {
        finish();
        return Buffer.from(body);
      },
      stream: () => {
        finish();
        return Readable.from([Buffer.from(body)]);
      },
      discard: async () => finish(),
    };
  }
  return { send, requests, open: () => open };
}
