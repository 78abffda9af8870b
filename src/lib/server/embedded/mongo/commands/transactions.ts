import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import type { Call, Commands, Reply } from './call.ts';

/** A commit that is asked again after it was made is answered as the first time. */
function commitTransaction(call: Call): Reply {
	const { session, node } = call;
	if (!session || call.body.autocommit !== false)
		throw new CommandError('InvalidOptions', 'commitTransaction must be run within a transaction');
	if (call.transaction) node.sessions.commit(session, call.origin);
	return {};
}

function abortTransaction(call: Call): Reply {
	const { session, node } = call;
	if (!session || !call.transaction)
		throw new CommandError('InvalidOptions', 'abortTransaction must be run within a transaction');
	node.sessions.abort(session);
	return {};
}

export const transactionCommands: Commands = {
	commitTransaction: { run: commitTransaction, transactional: true, writes: true, fields: ['recoveryToken'] },
	abortTransaction: { run: abortTransaction, transactional: true, writes: true, fields: ['recoveryToken'] }
};
