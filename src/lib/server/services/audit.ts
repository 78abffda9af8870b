import type { ClientSession } from 'mongodb';
import type { Context } from '#lib/server/context.ts';
import type { AuditLogDocument } from '#lib/server/db/models/audit-log.ts';
import { newId } from '#lib/server/services/ids.ts';

/** Writes down who did what to what; the line is never changed. @param session of the transaction that it belongs to */
export async function writeAudit(
	context: Context,
	line: Pick<AuditLogDocument, 'actor' | 'verb' | 'target'> & { data?: AuditLogDocument['data'] },
	session?: ClientSession
): Promise<void> {
	await context.models.auditLog.create([{ _id: newId(context), at: context.now(), data: {}, ...line }], { session });
}
