// What is said of files on their way.
import { DomainError, reasonedCode } from '#lib/domain/errors.ts';
import type { UploadItem } from '#lib/client/uploads.svelte.ts';
import { m } from '#lib/paraglide/messages.js';
import { explain } from '#lib/ui/explain.ts';
import { formatBytes, formatCount, formatPercent } from '#lib/ui/format.ts';

/** Why something about files was refused, as a sentence. */
export function refusalSentence(error: unknown): string {
	if (!(error instanceof DomainError)) {
		// What this page refuses by itself (`ActionError`) has a code and nothing else to say.
		const code = error instanceof Error && 'code' in error ? error.code : null;
		return explain(typeof code === 'string' ? code : 'unknown');
	}
	const { code, data } = error;
	const bytes = (key: string) => formatBytes(Number(data[key]));
	switch (code) {
		case 'empty-file':
			return m.files_empty({ name: String(data.name) });
		case 'too-many-files':
			return m.files_too_many({ count: formatCount(Number(data.limit)) });
		case 'too-many-pictures':
			return m.pictures_too_many({ count: formatCount(Number(data.limit)) });
		case 'not-a-picture':
			return m.pictures_not_one({ name: String(data.name) });
		case 'file-too-large':
			return m.files_too_large({ size: bytes('size'), limit: bytes('limit') });
		case 'quota-exceeded': {
			const room = { size: bytes('size'), left: bytes('left') };
			return data.of === 'order' ? m.files_no_room_order(room) : m.files_no_room_wallet(room);
		}
		default:
			return explain(reasonedCode(error));
	}
}

/** Where a file is on its way, in words. */
export function stateWords({ state, size }: Pick<UploadItem, 'state' | 'size'>): string {
	const percent = formatPercent(state.total === 0 ? 0 : state.sent / state.total);
	switch (state.status) {
		case 'queued':
			return m.files_queued({ size: formatBytes(size) });
		case 'preparing':
			return m.files_preparing({ size: formatBytes(size) });
		case 'sending':
			return m.files_sending({ percent, size: formatBytes(size) });
		case 'waiting':
			return state.code === 'node-unreachable' ? m.files_waiting({ percent }) : explain(state.code);
		case 'paused':
			return m.files_paused({ percent, size: formatBytes(size) });
		case 'failed':
			return explain(reasonedCode(state));
		case 'cancelled':
			return m.files_cancelled();
		case 'done':
			return m.files_done({ size: formatBytes(size) });
	}
}
