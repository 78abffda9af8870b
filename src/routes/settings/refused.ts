// What an action of the settings refused, where its reader is: in the part that it is of, and at the field that is wrong.
import { tick } from 'svelte';
import type { SubmitFunction } from '@sveltejs/kit';
import { reasonedCode, type DomainError } from '#lib/domain/errors.ts';
import { m } from '#lib/paraglide/messages.js';
import { explain } from '#lib/ui/explain.ts';

export type Refused = Pick<DomainError, 'code' | 'data'>;

const reasons: Readonly<Record<string, () => string>> = {
	'too-short': m.field_too_short,
	'too-long': m.field_too_long,
	zone: m.notices_wrong_zone,
	'same-hour': m.notices_same_hour
};

/** What is wrong with one field, by its path in what the service was given; undefined where nothing is. */
export function fieldError(refused: Refused | undefined, path: string): string | undefined {
	const issue = issuesOf(refused).find((one) => one.startsWith(`${path}: `));
	return issue && (reasons[issue.slice(path.length + 2)] ?? m.field_wrong)();
}

/** What is wrong with all of it, where no field of `paths` is marked for it; empty where nothing is. */
export function partError(refused: Refused | undefined, paths: readonly string[] = []): string {
	if (refused === undefined || paths.some((path) => fieldError(refused, path) !== undefined)) return '';
	return explain(reasonedCode(refused));
}

function issuesOf(refused: Refused | undefined): readonly string[] {
	const issues = refused?.code === 'invalid-input' ? refused.data.issues : undefined;
	return Array.isArray(issues) ? issues : [];
}

/** Sends a form by script. What was typed stays; refused, its reader is led to what is marked in it. */
export const leadToMarked: SubmitFunction =
	({ formElement }) =>
	async ({ result, update }) => {
		await update({ reset: false });
		await tick();
		if (result.type === 'failure') formElement.querySelector<HTMLElement>('[aria-invalid]')?.focus();
	};
