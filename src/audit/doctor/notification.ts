import { AuditError } from '../../errors.ts';
import type { HttpResponse, Send } from '../../http/message.ts';
import { redactUrl } from '../../http/redact-url.ts';
import { type Check, check, type Outcome } from './check.ts';

/** The endpoint that the primary's registry tells of every push (seed: Geo's registry replication page). */
export interface NotificationTarget {
  readonly url: URL;
  /** The value of the `Authorization` header, as it stands in `gitlab.rb`; null to ask without one. */
  readonly token: string | null;
}

/** What Distribution sends its events as. */
const EVENTS_TYPE = 'application/vnd.docker.distribution.events.v1+json';

/**
 * Posts an empty list of events, which changes nothing: does the endpoint take the token?
 *
 * @param send a transport without the registry's credential
 */
export async function checkNotification(
  send: Send,
  { url, token }: NotificationTarget,
  signal: AbortSignal,
): Promise<Check> {
  const subject = {
    id: 'notification',
    title: 'events endpoint',
    tried: `POST ${redactUrl(url)} with no events${token === null ? ' and no token' : ''}`,
  };
  try {
    const response = await send({
      method: 'POST',
      url,
      headers: { 'content-type': EVENTS_TYPE, ...(token !== null && { authorization: token }) },
      body: Buffer.from('{"events":[]}'),
      purpose: 'post an empty list of events',
      bodyLimit: 1024 * 1024,
      signal,
    });
    await response.discard();
    return check(subject, judge(response, token !== null));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AuditError)) throw error;
    return check(subject, { result: 'fail', detail: error.message, nextStep: error.hint ?? null });
  }
}

function judge(response: HttpResponse, hasToken: boolean): Outcome {
  const { status } = response;
  if (status >= 200 && status < 300) {
    if (hasToken) return { result: 'ok', detail: `HTTP ${status}: the token is taken` };
    return {
      result: 'warn',
      detail: `HTTP ${status}: it takes events from everybody`,
      nextStep:
        "Set registry['notification_secret'] in gitlab.rb of every web node, then gitlab-ctl reconfigure.",
    };
  }
  if (status === 401 && !hasToken) {
    return {
      result: 'ok',
      detail: 'HTTP 401: it is there and wants a token',
      nextStep: 'Give the token by --notification-token-file to see whether it is the right one.',
    };
  }
  if (status === 401 || status === 403) {
    return {
      result: 'fail',
      cause: 'TOKEN_REFUSED',
      detail: `HTTP ${status}: the token is not the one GitLab expects, so pushes are never told to the primary`,
      nextStep:
        "Make headers Authorization of registry['notifications'] (registry node) and registry['notification_secret'] (every web node) the same in gitlab.rb, then gitlab-ctl reconfigure.",
    };
  }
  if (status >= 300 && status < 400) {
    const target = response.header('location');
    return {
      result: 'fail',
      detail: `HTTP ${status}: redirected${target === null || !URL.canParse(target, response.url.href) ? '' : ` to ${redactUrl(new URL(target, response.url.href))}`}, and a registry does not follow`,
      nextStep: "Put the address it redirects to into url of registry['notifications'] in gitlab.rb.",
    };
  }
  return {
    result: 'fail',
    detail: `HTTP ${status}`,
    nextStep:
      status === 404
        ? 'Expected is https://<gitlab>/api/v4/container_registry_event/events with the external_url of the primary.'
        : 'Look at gitlab-ctl tail gitlab-rails on the primary.',
  };
}
