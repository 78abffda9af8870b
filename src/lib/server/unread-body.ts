/** Most that is read of a body only to drop it; bytes. */
const most = 16 * 1024 * 1024;

/**
 * Reads to its end what nobody read of a request, and drops it. Until then its connection takes no other request, and ending
 * the connection instead often loses the answer before its reader has it (RFC 9112, section 9.6). It is ended all the same
 * where the body goes on and on.
 */
export async function dropUnread({ body, bodyUsed }: Request): Promise<void> {
	if (body === null || bodyUsed) return;
	let left = most;
	try {
		// Leaving it early ends the connection.
		for await (const piece of body) if ((left -= piece.byteLength) < 0) break;
	} catch {
		// Its sender is gone.
	}
}
