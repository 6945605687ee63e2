import { escapeJsonText } from '../../core/unsafe-text.ts';
import type { Inspection } from '../../report/inspection.ts';
import type { ProxyInspection } from '../../report/proxy-inspection.ts';

/** An inspection as JSON: `{schemaVersion, kind: "inspection", …}`. */
export function* inspectionJson(inspection: Inspection): Generator<string> {
  yield jsonOf({ schemaVersion: 1, kind: 'inspection', ...inspection });
}

/** An inspection of the dependency proxy as JSON: `{schemaVersion, kind: "proxy-inspection", …}`. */
export function* proxyInspectionJson(inspection: ProxyInspection): Generator<string> {
  yield jsonOf({ schemaVersion: 1, kind: 'proxy-inspection', ...inspection });
}

function jsonOf(value: unknown): string {
  return `${escapeJsonText(JSON.stringify(value, null, 2))}\n`;
}
