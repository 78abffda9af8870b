// Plain JavaScript: the start script needs it before the packages, and so a newer Node, are there.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What tells one process from every other, also from a later one with the same number: its number and when it began.
 * @param {number} pid
 * @returns {Promise<string | undefined>} undefined where no such process runs (one that only waits to be reaped does not).
 */
export async function identify(pid) {
	if (process.platform === 'linux') {
		const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
		// The second field, the command's name, may hold spaces and brackets: the rest begins after the last bracket.
		const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return stat === '' || state === 'Z' ? undefined : `${pid} ${rest[18]}`;
	}
	if (process.platform === 'win32') {
		try {
			process.kill(pid, 0);
			return String(pid);
		} catch {
			return undefined;
		}
	}
	return new Promise((resolve) => {
		execFile('ps', ['-o', 'lstart=', '-p', String(pid)], (error, output) =>
			resolve(error ? undefined : `${pid} ${output.trim()}`)
		);
	});
}

/**
 * The process that a file written with an answer of `identify` names.
 * @param {string} file
 * @returns {Promise<number | undefined>} its number; undefined where the file is missing or the process has ended.
 */
export async function runningProcess(file) {
	const identity = await readFile(file, 'utf8').catch(() => '');
	const pid = Number(identity.split(' ')[0]);
	return identity !== '' && pid > 0 && (await identify(pid)) === identity ? pid : undefined;
}

/**
 * Waits until the process that a file names has ended.
 * @param {string} file
 * @param {number} milliseconds how long at most
 * @returns {Promise<boolean>} whether it has.
 */
export async function ended(file, milliseconds) {
	for (const until = Date.now() + milliseconds; ; await sleep(25)) {
		if ((await runningProcess(file)) === undefined) return true;
		if (Date.now() >= until) return false;
	}
}
