/** One measured number. `target`: the most it may be; null where it is only told. */
export type Row = { name: string; value: number; unit: string; target: number | null; note?: string };

/** Prints rows as a table, or as one JSON object a line; the process exits with 1 where a target is missed. */
export function report(rows: readonly Row[], json: boolean): void {
	const judged = rows.map((row) => ({ note: '', ...row, ok: row.target === null || row.value <= row.target }));
	if (json) {
		for (const { name, value, unit, target, ok, note } of judged)
			process.stdout.write(`${JSON.stringify({ name, value, unit, target, ok, note })}\n`);
	} else {
		console.table(
			Object.fromEntries(
				judged.map(({ name, value, unit, target, ok, note }) => [
					name,
					{ value: `${value} ${unit}`, target: target === null ? '' : `≤ ${target}`, ok: ok ? 'yes' : 'NO', note }
				])
			)
		);
	}
	if (judged.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** The middle value; of an even number the lower of the two. */
export function median(values: readonly number[]): number {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted[Math.floor((sorted.length - 1) / 2)];
	if (middle === undefined) throw new RangeError('There is no median of nothing');
	return middle;
}
