// A seller's Markdown as HTML that can do nothing: no markup of theirs, no picture from elsewhere, no link that a search
// engine counts for them or that runs something.
import { LRUCache } from 'lru-cache';
import { micromark } from 'micromark';

/** What a page shows again and again is made once: some texts take a while. */
const known = new LRUCache<string, string>({
	max: 300,
	maxSize: 8_000_000,
	sizeCalculation: (html) => html.length + 1
});

/** Quotes in quotes that anybody means; more cost time without end. */
const deepestQuote = /^(?:[ \t]*>){7,}/gm;

/**
 * Renders a text. Headings begin at the third level, under the page's own. Pictures are their descriptions; raw HTML is
 * shown as the text that it is.
 */
export function renderMarkdown(text: string): string {
	const before = known.get(text);
	if (before !== undefined) return before;
	// A definition far away makes every bracket a question: links say where they go on the spot.
	const html = micromark(text.replace(deepestQuote, '> > > > > > '), {
		extensions: [{ disable: { null: ['definition'] } }]
	});
	// What micromark writes is well-formed, and outside of a tag it has no `<`: its tags can be told apart by this.
	const safe = html
		.replace(/<(\/?)h([1-6])>/g, (_, end: string, level: string) => `<${end}h${Math.min(Number(level) + 2, 6)}>`)
		.replace(/<img src="[^"]*" alt="([^"]*)"(?: title="[^"]*")? \/>/g, '$1')
		.replace(/<a href=""[^>]*>(.*?)<\/a>/gs, '$1')
		.replace(/<a href="/g, '<a rel="nofollow ugc noopener" href="');
	known.set(text, safe);
	return safe;
}
