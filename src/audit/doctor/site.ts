import type { Credential } from '../../auth/credential.ts';
import type { Clock } from '../../core/clock.ts';
import type { Send } from '../../http/message.ts';
import type { LookUp } from '../../http/probe-socket.ts';
import type { UndiciSendOptions } from '../../http/undici-send.ts';
import type { Logger } from '../../logger.ts';

/** A site to examine: how it is entered. */
export interface DoctorSite {
  /** `primary`, `secondary`, or `site` when there is one without a side. */
  readonly name: 'primary' | 'secondary' | 'site';
  /** Ends in a slash. */
  readonly url: URL;
  readonly credential: Credential;
  readonly tls: NonNullable<UndiciSendOptions['tls']>;
  readonly proxy: NonNullable<UndiciSendOptions['proxy']>;
  /** The user's flag for an ending of this site: `url` → `--primary-url`. */
  readonly flag: (ending: string) => string;
}

/** What an examination needs of the world. */
export interface DoctorContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly lookUp: LookUp;
}

/** The same site with its sockets: one transport, without and with the credential. */
export interface ConnectedSite extends DoctorSite {
  readonly bare: Send;
  readonly authenticated: Send;
}
