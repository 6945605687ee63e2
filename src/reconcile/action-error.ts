import type { Refusal } from '../registry/registry-client.ts';

/** Ends one action, not the run: what was attempted, and why it cannot be, in the registry's words. */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  /** `MISSING`: the content is not on the primary; `REFUSED`: a registry said no; `CONTENT`: the bytes are wrong. */
  readonly code: 'MISSING' | 'REFUSED' | 'CONTENT';
  /** The registry's own error code, where it named one. */
  readonly registryCode: string | null;
  /** HTTP status of the refusal; null where no registry refused anything. */
  readonly status: number | null;

  constructor(code: ActionError['code'], message: string, refusal?: Refusal) {
    super(message);
    this.code = code;
    this.registryCode = refusal?.code ?? null;
    this.status = refusal?.status ?? null;
  }
}

/** A refusal as the end of an action: `could not <attempted>: HTTP 413 SIZE_INVALID: …`. */
export function refusedAction(
  attempted: string,
  refusal: Refusal,
  code: ActionError['code'] = 'REFUSED',
): ActionError {
  return new ActionError(code, `could not ${attempted}: ${wordsOf(refusal)}`, refusal);
}

/** Status, code and words of a refusal in one line. */
export function wordsOf({ status, code, message }: Refusal): string {
  if (message.startsWith('HTTP ')) return message;
  return `HTTP ${status}${code === null ? '' : ` ${code}`}: ${message}`;
}
