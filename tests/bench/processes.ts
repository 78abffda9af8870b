// Processes and their memory, as Linux tells it under /proc.
import { readdirSync, readFileSync } from 'node:fs';

/** A file under /proc; empty where the process has ended. */
export function proc(pid: number, file: string): string {
	try {
		return readFileSync(`/proc/${pid}/${file}`, 'utf8');
	} catch {
		return '';
	}
}

function parentOf(pid: number): number {
	const stat = proc(pid, 'stat');
	return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** The processes that one started, and those started, and so on. */
export function processesBelow(ancestor: number): number[] {
	const pids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
	const isBelow = (pid: number): boolean => {
		const parent = parentOf(pid);
		return parent === ancestor || (parent > 0 && isBelow(parent));
	};
	return pids.filter(isBelow);
}

/** What processes have in memory together, in MiB. */
export function residentMemory(pids: readonly number[]): number {
	const kilobytes = pids.map((pid) => Number(/^VmRSS:\s+(\d+)/m.exec(proc(pid, 'status'))?.[1] ?? 0));
	return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Takes measures every so many milliseconds from before `work` until after it. @returns the most of each, rounded */
export async function peaksOf<Name extends string>(
	every: number,
	read: () => Record<Name, number>,
	work: () => Promise<void>
): Promise<Record<Name, number>> {
	const peaks = read();
	const names = Object.keys(peaks) as Name[];
	const note = () => {
		const now = read();
		for (const name of names) peaks[name] = Math.max(peaks[name], now[name]);
	};
	const timer = setInterval(note, every);
	try {
		await work();
	} finally {
		clearInterval(timer);
	}
	note();
	for (const name of names) peaks[name] = Math.round(peaks[name]);
	return peaks;
}
