import { NotFound } from '#lib/domain/errors.ts';
import { reportKinds, type ReportTarget } from '#lib/domain/report.ts';

/** What the address names. @throws {NotFound} */
export function targetOf({ kind, id }: { kind: string; id: string }): ReportTarget {
	const known = reportKinds.find((one) => one === kind);
	if (known === undefined) throw new NotFound({ what: kind, id });
	return { kind: known, id };
}
