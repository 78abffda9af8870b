// Which modules travel together. Left alone, the bundler writes a chunk for every set of pages that share something, and
// a first visit would ask for fifty files, most of them smaller than the headers they come with.

/**
 * A chunk each, with what its modules load at once and no earlier chunk has. What most pages show comes before what only
 * some do, so that these do not load the rest of it.
 */
const groups = [
	{
		// What every page stands on: it changes with the packages, not with this repository's code.
		name: 'runtime',
		test: /\/node_modules\/(?:(?:svelte(?!\/src\/reactivity)|@sveltejs\/kit|devalue|esm-env|clsx)\/)|src\/lib\/ui\/Icon\.svelte|vite\/preload-helper|rolldown\/runtime/
	},
	{ name: 'frame', test: /\/src\/routes\/\+layout\.svelte$/ },
	{
		name: 'common',
		// A few words would be a file each.
		test: /\/src\/lib\/(?:ui\/(?:(?:Empty|LiveDot|Picture|SafeIcon)\.svelte|(?:attempt\.svelte|prices|product-words|reread)\.ts)|paraglide\/messages\/(?:home_browse|listing_untitled|stock_gone|title_suffix|where_you_are|you)\.js)$/
	},
	{
		name: 'seller',
		test: /\/src\/lib\/(?:ui\/(?:Face|FollowButton|SellerFacts)\.svelte|paraglide\/messages\/(?:listing_sealed|product_(?:network|price_times|signed_server|way)|report_link|reviews_title|sealed_needs_script)\.js)$/
	}
];

/** @returns {import('vite').Plugin} */
export function firstLoad() {
	return {
		name: 'holdfast-first-load',
		apply: 'build',
		applyToEnvironment: ({ name }) => name === 'client',
		outputOptions: (options) => ({
			...options,
			codeSplitting: { groups: groups.map((group, index) => ({ ...group, priority: groups.length - index })) }
		})
	};
}
