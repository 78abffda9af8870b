import { createHash } from 'node:crypto';

/** The entity tag of just these bytes (RFC 9110, 8.8.3), the same on every node. */
export function tagOf(body: string | Uint8Array): string {
	return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}
