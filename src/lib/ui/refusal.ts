import type { ActionResult } from '@sveltejs/kit';
import { reasonedCode, type DomainError } from '#lib/domain/errors.ts';
import { explain } from './explain.ts';

/**
 * Why an action did not do what it was asked to, as a sentence, for an answer that is no success. Its own refusal is a
 * `failure`; what never came to it, or broke in it, is an `error`: too much at once, a defect, no network.
 */
export function refusalOf(result: ActionResult): string {
	if (result.type === 'failure') return explain(reasonedCode(result.data as Pick<DomainError, 'code' | 'data'>));
	if (result.type !== 'error') return explain('unknown');
	const error = result.error as App.Error | TypeError;
	return error instanceof TypeError ? explain('node-unreachable') : error.code ? error.message : explain('');
}
