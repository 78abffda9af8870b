import { parseArgs } from 'node:util';
import { startMongoServer } from './server.ts';

/**
 * The embedded database as a process of its own: `main.ts --file FILE [--socket PATH | --port PORT]`. Prints one line,
 * `{"url": …}`, when it is ready; ends when its standard input does, so that it never outlives its parent.
 */
const { values } = parseArgs({
	options: { file: { type: 'string' }, socket: { type: 'string' }, port: { type: 'string' } }
});

function fail(message: string): never {
	process.stderr.write(`${message}\n`);
	process.exit(1);
}

if (!values.file) fail('usage: main.ts --file FILE [--socket PATH | --port PORT]');

try {
	const server = await startMongoServer({
		file: values.file,
		socketPath: values.socket,
		port: values.port === undefined ? undefined : Number(values.port)
	});
	let closing = false;
	const close = async (): Promise<void> => {
		if (closing) return;
		closing = true;
		await server.close();
		process.exit(0);
	};
	process.stdin.on('end', close).on('close', close).on('error', close).resume();
	process.on('SIGTERM', close);
	// Ctrl-C reaches the whole group of processes: the parent hears it too, ends in its own order, and closes our input.
	process.on('SIGINT', () => {});
	process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
} catch (error) {
	fail(error instanceof Error ? error.message : String(error));
}
