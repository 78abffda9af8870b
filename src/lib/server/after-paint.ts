/** What Kit's page loads its script with, as version 2 writes it. */
const loading = /Promise\.all\(\[\s*(import\("[^"]+"\),\s*import\("[^"]+"\))\s*\]\)/;

/** A tab that nobody looks at is never painted. */
const painted = 'new Promise((go) => (document.hidden ? go() : requestAnimationFrame(() => setTimeout(go))))';

/**
 * The page with its script asked for once it is painted: pages are whole without it, and on a slow line every file of it
 * that is asked for earlier keeps words and styles waiting.
 */
export function scriptAfterPaint(html: string): string {
	return html.replace(loading, `${painted}.then(() => Promise.all([$1]))`);
}
