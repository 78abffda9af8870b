// Icons come from Lucide; what draws them is ours. Lucide's own takes a context, colours, stroke widths and aliases that
// nothing here uses, which is 1.3 KB of every first visit and a part of the cost of every page that is rendered.
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('../lib/ui/Icon.svelte', import.meta.url));

/** @returns {import('vite').Plugin} */
export function plainIcons() {
	return {
		name: 'holdfast-plain-icons',
		enforce: 'pre',
		resolveId(source, importer) {
			const isIcon = importer !== undefined && /@lucide\/svelte\/dist\/icons\/[^/]+\.svelte/.test(importer);
			return isIcon && source === '../Icon.svelte' ? own : null;
		}
	};
}
