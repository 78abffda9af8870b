import type { SubmitFunction } from '@sveltejs/kit';
import type { Attachment } from 'svelte/attachments';

/**
 * A form that is sent by script, whose script is loaded when it is sent first: for forms on pages that are seen by many
 * and sent by few. Where it does not come, the form is sent as any form is.
 */
export function enhanceOnSubmit(submit?: SubmitFunction): Attachment<HTMLFormElement> {
	return (form) => {
		let end: (() => void) | undefined;
		const first = async (event: SubmitEvent) => {
			event.preventDefault();
			form.removeEventListener('submit', first);
			const { submitter } = event;
			try {
				const { enhance } = await import('$app/forms');
				end = enhance(form, submit).destroy;
			} finally {
				form.requestSubmit(submitter);
			}
		};
		form.addEventListener('submit', first);
		return () => {
			form.removeEventListener('submit', first);
			end?.();
		};
	};
}
