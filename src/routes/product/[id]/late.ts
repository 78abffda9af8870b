// What no first sight of a product's page needs: one load, when the browser is idle.
export { default as ReportLink } from '#lib/ui/ReportLink.svelte';
export { default as ReviewList } from '#lib/ui/reviews/ReviewList.svelte';
export { default as RecentlyViewed } from './RecentlyViewed.svelte';
export { default as Share } from './Share.svelte';
export { default as SignatureCheck } from './SignatureCheck.svelte';
