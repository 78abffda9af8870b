import {
	MongoClient,
	type ClientSession,
	type ClientSessionOptions,
	type CommandFailedEvent,
	type CommandStartedEvent,
	type CommandSucceededEvent,
	type Db,
	type Document,
	type MongoClientOptions
} from 'mongodb';

type CommandEvent = CommandStartedEvent | CommandSucceededEvent | CommandFailedEvent;

/** A client that records what it sends and is answered. */
export class ObservedClient extends MongoClient {
	readonly commands: { kind: string; event: CommandEvent }[] = [];
	readonly pool: { kind: string; event: Document }[] = [];
	/** Every command sent, observed or not: what assertions on sessions look back at. */
	readonly started: CommandStartedEvent[] = [];
	checkedOut = 0;

	constructor(url: string, spec: Document) {
		super(url, { monitorCommands: true, ...translateUriOptions(spec.uriOptions as Document | undefined) });
		const observed = new Set((spec.observeEvents as string[] | undefined) ?? []);
		const ignored = new Set([
			'configureFailPoint',
			...((spec.ignoreCommandMonitoringEvents as string[] | undefined) ?? [])
		]);
		const record = (kind: string) => (event: CommandEvent) => {
			if (!observed.has(kind) || ignored.has(event.commandName)) return;
			// The driver goes on to change the command of a started event (a read concern shared by a session's transactions).
			const command =
				'command' in event
					? {
							command: copy(event.command) as Document,
							commandName: event.commandName,
							databaseName: event.databaseName
						}
					: {};
			this.commands.push({ kind, event: 'command' in event ? (command as CommandEvent) : event });
		};
		this.on('commandStarted', (event) => {
			if (!ignored.has(event.commandName)) this.started.push(event);
		});
		this.on('commandStarted', record('commandStartedEvent'));
		this.on('commandSucceeded', record('commandSucceededEvent'));
		this.on('commandFailed', record('commandFailedEvent'));
		const pool = (name: string, kind: string) =>
			this.on(name as 'connectionReady', (event) => {
				if (observed.has(kind)) this.pool.push({ kind, event: event as unknown as Document });
			});
		pool('connectionCheckOutStarted', 'connectionCheckOutStartedEvent');
		pool('connectionCheckedOut', 'connectionCheckedOutEvent');
		pool('connectionCheckedIn', 'connectionCheckedInEvent');
		pool('connectionReady', 'connectionReadyEvent');
		pool('connectionClosed', 'connectionClosedEvent');
		pool('connectionPoolCleared', 'poolClearedEvent');
		this.on('connectionCheckedOut', () => this.checkedOut++);
		this.on('connectionCheckedIn', () => this.checkedOut--);
	}
}

function translateUriOptions(options: Document | undefined): MongoClientOptions {
	if (!options) return {};
	const { readConcernLevel, w, readPreference, ...rest } = options;
	return {
		...rest,
		...(readConcernLevel !== undefined && { readConcern: { level: readConcernLevel as 'majority' } }),
		...(w !== undefined && { writeConcern: { w: w as number } }),
		...(readPreference !== undefined && { readPreference: readPreference as 'primary' })
	};
}

function copy(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(copy);
	if (
		typeof value !== 'object' ||
		value === null ||
		value instanceof Date ||
		value instanceof Map ||
		ArrayBuffer.isView(value) ||
		'_bsontype' in value
	)
		return value;
	return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

/** What a test has made, by name. */
export class Entities {
	readonly #url: string;
	readonly #known = new Map<string, unknown>();
	readonly clients: ObservedClient[] = [];
	readonly sessions: ClientSession[] = [];

	constructor(url: string) {
		this.#url = url;
	}

	get<T>(name: string): T {
		if (!this.#known.has(name)) throw new Error(`no entity ${name}`);
		return this.#known.get(name) as T;
	}

	set(name: string, value: unknown): void {
		this.#known.set(name, value);
	}

	async create(specs: Document[]): Promise<void> {
		for (const spec of specs) {
			const [kind] = Object.keys(spec);
			const fields = spec[kind!] as Document;
			this.set(fields.id as string, await this.#make(kind!, fields));
		}
	}

	async #make(kind: string, fields: Document): Promise<unknown> {
		switch (kind) {
			case 'client': {
				const client = new ObservedClient(this.#url, fields);
				this.clients.push(client);
				return client.connect();
			}
			case 'database':
				return this.get<MongoClient>(fields.client as string).db(
					fields.databaseName as string,
					fields.databaseOptions as Document
				);
			case 'collection':
				return this.get<Db>(fields.database as string).collection(
					fields.collectionName as string,
					fields.collectionOptions as Document
				);
			case 'session': {
				const session = this.get<MongoClient>(fields.client as string).startSession(
					fields.sessionOptions as ClientSessionOptions
				);
				this.sessions.push(session);
				return session;
			}
		}
		throw new Error(`the runner does not make entities of kind ${kind}`);
	}

	async close(): Promise<void> {
		for (const session of this.sessions) {
			if (session.inTransaction()) await session.abortTransaction().catch(() => {});
			await session.endSession();
		}
		for (const client of this.clients) await client.close();
	}
}
