import { Long, type Document } from '#lib/server/embedded/mongo/values.ts';
import { SESSION_MINUTES } from '#lib/server/embedded/mongo/sessions.ts';
import { toTimestamp } from '#lib/server/embedded/mongo/oplog.ts';
import { MAX_MESSAGE, MAX_WRITE_BATCH } from '#lib/server/embedded/mongo/wire.ts';
import type { Call, Commands, Reply } from './call.ts';

/** MongoDB 8.0: the commands and options of its driver specifications are what this server is held to. */
const MAX_WIRE_VERSION = 25;
export const SERVER_VERSION = '8.0.0';
const MAX_DOCUMENT_SIZE = 16 * 1024 * 1024;

function hello(call: Call): Reply {
	const { node } = call;
	const names: Document = call.name === 'hello' ? { isWritablePrimary: true } : { ismaster: true };
	return {
		document: {
			...names,
			...(call.body.helloOk === true && { helloOk: true }),
			topologyVersion: { processId: node.processId, counter: Long.ZERO },
			hosts: [node.address],
			setName: node.setName,
			setVersion: 1,
			secondary: false,
			primary: node.address,
			me: node.address,
			electionId: node.processId,
			lastWrite: {
				opTime: { ts: toTimestamp(node.storage.seq), t: Long.ONE },
				lastWriteDate: new Date(),
				majorityOpTime: { ts: toTimestamp(node.storage.durableSeq), t: Long.ONE },
				majorityWriteDate: new Date()
			},
			maxBsonObjectSize: MAX_DOCUMENT_SIZE,
			maxMessageSizeBytes: MAX_MESSAGE,
			maxWriteBatchSize: MAX_WRITE_BATCH,
			localTime: new Date(),
			logicalSessionTimeoutMinutes: SESSION_MINUTES,
			connectionId: 1,
			minWireVersion: 0,
			maxWireVersion: MAX_WIRE_VERSION,
			readOnly: false
		}
	};
}

const HELLO_FIELDS = [
	'helloOk',
	'client',
	'compression',
	'topologyVersion',
	'maxAwaitTimeMS',
	'loadBalanced',
	'saslSupportedMechs',
	'speculativeAuthenticate',
	'backpressure',
	'hostInfo',
	'internalClient'
];

function ping(): Reply {
	return {};
}

function buildInfo(): Reply {
	return {
		document: {
			version: SERVER_VERSION,
			gitVersion: 'holdfast',
			modules: [],
			versionArray: [...SERVER_VERSION.split('.').map(Number), 0],
			bits: 64,
			debug: false,
			maxBsonObjectSize: MAX_DOCUMENT_SIZE,
			storageEngines: ['sqlite']
		}
	};
}

export const helloCommands: Commands = {
	hello: { run: hello, fields: HELLO_FIELDS },
	isMaster: { run: hello, fields: HELLO_FIELDS },
	ismaster: { run: hello, fields: HELLO_FIELDS },
	ping: { run: ping, fields: [] },
	buildInfo: { run: buildInfo, fields: [] }
};
