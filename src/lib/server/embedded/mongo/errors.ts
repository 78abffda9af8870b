import type { Document } from 'bson';

/** Error codes this server answers with, by MongoDB's own names (`src/mongo/base/error_codes.yml`). */
const CODES = {
	InternalError: 1,
	BadValue: 2,
	NoSuchKey: 4,
	Unauthorized: 13,
	TypeMismatch: 14,
	AuthenticationFailed: 18,
	IllegalOperation: 20,
	NamespaceNotFound: 26,
	IndexNotFound: 27,
	PathNotViable: 28,
	ConflictingUpdateOperators: 40,
	CursorNotFound: 43,
	NamespaceExists: 48,
	MaxTimeMSExpired: 50,
	DollarPrefixedFieldName: 52,
	EmptyFieldName: 56,
	CommandNotFound: 59,
	ImmutableField: 66,
	CannotCreateIndex: 67,
	InvalidOptions: 72,
	InvalidNamespace: 73,
	IndexOptionsConflict: 85,
	IndexKeySpecsConflict: 86,
	UnknownReplWriteConcern: 79,
	WriteConflict: 112,
	CommandNotSupported: 115,
	ConflictingOperationInProgress: 117,
	DocumentValidationFailure: 121,
	CannotIndexParallelArrays: 171,
	TransactionTooOld: 225,
	CursorInUse: 12051,
	QueryExceededMemoryLimitNoDiskUseAllowed: 292,
	ChangeStreamFatalError: 280,
	ChangeStreamHistoryLost: 286,
	NoMatchingDocument: 47,
	InvalidResumeToken: 260,
	NoSuchTransaction: 251,
	TransactionCommitted: 256,
	OperationNotSupportedInTransaction: 263,
	ExceededTimeLimit: 262,
	OutOfDiskSpace: 14031,
	Interrupted: 11601,
	InterruptedAtShutdown: 11600,
	DuplicateKey: 11000,
	BSONObjectTooLarge: 10334,
	FailedToParse: 9,
	InvalidBSON: 22,
	CursorKilled: 237,
	NotYetInitialized: 94
} as const;

/** The symbolic name of an error code this server can answer with. */
export type CodeName = keyof typeof CODES;

/**
 * A failure the client is told of: `{ ok: 0, code, codeName, errmsg }` and, where given, labels and further fields.
 * Codes that have no name in MongoDB (`Location40415`) are made with {@link locationError}.
 */
export class CommandError extends Error {
	readonly code: number;
	readonly codeName: string;
	readonly labels: string[];
	readonly extra: Document;

	constructor(code: CodeName | number, message: string, options: { labels?: string[]; extra?: Document } = {}) {
		super(message);
		this.code = typeof code === 'number' ? code : CODES[code];
		this.codeName = typeof code === 'number' ? codeName(code) : code;
		this.labels = options.labels ?? [];
		this.extra = options.extra ?? {};
	}
}

/** The name MongoDB gives a code; codes without one are called after their number. */
export function codeName(code: number): string {
	for (const [name, value] of Object.entries(CODES)) if (value === code) return name;
	return OTHER_NAMES[code] ?? `Location${code}`;
}

/** Names of codes that only fault injection answers with. */
const OTHER_NAMES: Record<number, string> = {
	6: 'HostUnreachable',
	7: 'HostNotFound',
	64: 'WriteConcernTimeout',
	89: 'NetworkTimeout',
	91: 'ShutdownInProgress',
	100: 'UnsatisfiableWriteConcern',
	133: 'FailedToSatisfyReadPreference',
	189: 'PrimarySteppedDown',
	462: 'IngressRequestRateLimitExceeded',
	10107: 'NotWritablePrimary',
	11602: 'InterruptedDueToReplStateChange',
	13435: 'NotPrimaryNoSecondaryOk',
	13436: 'NotPrimaryOrSecondary'
};

/** A write met another transaction's; the whole transaction can be run again. */
export function writeConflict(): CommandError {
	return new CommandError(
		'WriteConflict',
		'Caused by :: Write conflict during plan execution; please retry your operation or multi-document transaction.',
		{
			labels: ['TransientTransactionError']
		}
	);
}

/** A unique index already holds the key of a document being written. */
export function duplicateKey(namespace: string, index: string, keyPattern: Document, keyValue: Document): CommandError {
	const shown = Object.entries(keyValue)
		.map(([field, value]) => `${field}: ${showValue(value)}`)
		.join(', ');
	return new CommandError(
		'DuplicateKey',
		`E11000 duplicate key error collection: ${namespace} index: ${index} dup key: { ${shown} }`,
		{ extra: { keyPattern, keyValue } }
	);
}

function showValue(value: unknown): string {
	if (typeof value === 'string') return `"${value}"`;
	if (value === undefined || value === null) return 'null';
	if (value instanceof Date) return `new Date(${value.getTime()})`;
	if (typeof value !== 'object') return String(value);
	const type = (value as { _bsontype?: string })._bsontype;
	if (type === 'ObjectId') return `ObjectId('${String(value)}')`;
	if (type === 'Int32' || type === 'Long' || type === 'Double' || type === 'Decimal128') return String(value);
	return JSON.stringify(value);
}
