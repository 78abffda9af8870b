import { CommandError } from '#lib/server/embedded/mongo/errors.ts';
import { bsonType, type Binary, type Document } from '#lib/server/embedded/mongo/values.ts';
import type { Call, Commands, Reply } from './call.ts';

function idsOf(call: Call): Uint8Array[] {
	const list = call.body[call.name] as unknown;
	if (!Array.isArray(list)) throw new CommandError('TypeMismatch', `${call.name} needs an array of sessions`);
	return (list as Document[]).map(({ id }) => {
		if (bsonType(id) !== 'Binary') throw new CommandError('TypeMismatch', "a session's id must be a UUID");
		return (id as Binary).buffer.subarray(0, (id as Binary).position);
	});
}

function endSessions(call: Call): Reply {
	const ids = idsOf(call);
	call.node.sessions.end(ids);
	for (const id of ids) call.node.cursors.closeSession(Buffer.from(id).toString('hex'));
	return {};
}

function refreshSessions(call: Call): Reply {
	for (const lsid of call.body.refreshSessions as Document[]) call.node.sessions.of(lsid);
	return {};
}

export const sessionCommands: Commands = {
	endSessions: { run: endSessions, fields: [] },
	killSessions: { run: endSessions, fields: [] },
	refreshSessions: { run: refreshSessions, fields: [] },
	startSession: { run: () => ({}), fields: [] },
	killAllSessions: {
		run: (call) => {
			call.node.sessions.abortAll();
			return {};
		},
		fields: []
	}
};
