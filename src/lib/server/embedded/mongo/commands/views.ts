import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { decodePlain, toNumber, type Document } from '#lib/server/embedded/mongo/values.ts';
import { aggregateCommands } from './aggregate.ts';
import { Call, type Reply } from './call.ts';

const READS = new Set(['find', 'count', 'aggregate']);
const OTHERS = new Set(['insert', 'update', 'delete', 'findAndModify', 'createIndexes', 'distinct']);

/**
 * A read of a view is an aggregation of the collection behind it, as in MongoDB. Undefined where the command concerns none.
 * @throws CommandError CommandNotSupportedOnView (166) where a view cannot do what is asked
 */
export async function runOnView(call: Call): Promise<Reply | undefined> {
	const name = call.body[call.name] as unknown;
	if (typeof name !== 'string' || (!READS.has(call.name) && !OTHERS.has(call.name))) return undefined;
	const view = call.node.storage.collection(call.db, name)?.options;
	if (view?.viewOn === undefined) return undefined;
	if (OTHERS.has(call.name)) throw new CommandError(166, `Namespace ${call.db}.${name} is a view, not a collection`);
	const { collation, hint, let: variables, readConcern, maxTimeMS } = call.body;
	const counts = call.name === 'count';
	const body: Document = {
		aggregate: view.viewOn as string,
		pipeline: [...(view.pipeline as Document[]), ...stagesOf(call)],
		cursor: call.name === 'find' ? { batchSize: call.body.batchSize ?? 101 } : (call.body.cursor ?? {}),
		...{ collation, hint, let: variables, readConcern, maxTimeMS },
		$db: call.db
	};
	const inner = new Call(call.node, 'aggregate', body, call.session, call.transaction, call.view);
	const reply = (await runOnView(inner)) ?? (await aggregateCommands.aggregate!.run(inner));
	if (!counts) return reply;
	const [first] = reply.cursor!.batch;
	return { document: { n: first ? (decodePlain(first).n as number) : 0 } };
}

/** What the command asks of the view, as stages. */
function stagesOf({ name, body }: Call): Document[] {
	if (name === 'aggregate') return body.pipeline as Document[];
	const stages: Document[] = [];
	const filter = (body.filter ?? body.query) as Document | undefined;
	if (filter) stages.push({ $match: filter });
	if (body.sort) stages.push({ $sort: body.sort as Document });
	if (toNumber(body.skip)) stages.push({ $skip: toNumber(body.skip) });
	if (toNumber(body.limit)) stages.push({ $limit: Math.abs(toNumber(body.limit)!) });
	if (body.projection) stages.push({ $project: body.projection as Document });
	if (name === 'count') stages.push({ $count: 'n' });
	return stages;
}
