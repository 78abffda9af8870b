/** Thrown when a part of the node cannot start, or ends while the node runs. The message is one whole sentence. */
export class LaunchError extends Error {
	readonly code = 'LaunchFailed';
	constructor(message: string) {
		super(message);
		this.name = 'LaunchError';
	}
}

type Failure = NodeJS.ErrnoException & { port?: number };

/**
 * One sentence that says what keeps the node from starting and what to do. What nobody foresaw keeps its stack, for
 * whoever has to look into it.
 */
export function explainFailure(error: unknown): string {
	if (!(error instanceof Error)) return `The node stopped: ${String(error)}`;
	const { code, name, message, path, port, stack } = error as Failure;
	// By name: the copy of a class in `build/` is another class.
	if (name === 'ConfigError' || name === 'LaunchError') return message;
	switch (code) {
		case 'EADDRINUSE':
			return `Port ${port} is in use: stop what uses it, or set PORT to another one.`;
		case 'EACCES':
		case 'EPERM':
		case 'EROFS':
		case 'ENOTDIR':
		case 'EEXIST':
			if (port !== undefined) return `Port ${port} is not allowed for this user: set PORT to one above 1023.`;
			return `${path ?? 'The data folder'} cannot be written to: give this user the right, or set HOLDFAST_DATA to another folder.`;
		case 'EADDRNOTAVAIL':
		case 'ENOTFOUND':
			return 'HOST is no address of this machine: set it to one that is, such as 127.0.0.1 or 0.0.0.0.';
		case 'ENOSPC':
			return 'The disk is full: free some space and start again.';
		case 'ERR_MODULE_NOT_FOUND':
			if (message.includes('build')) return 'The application is not built: run `npm start`, or `npm run build`.';
			break;
	}
	return `The node stopped: ${stack ?? message}`;
}
