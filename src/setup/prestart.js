// `npm start`, before the node itself: plain JavaScript for the system's Node, because there may be no other yet.
import { build } from './build.js';
import { install, main } from './packages.js';

await main(async () => {
	await install('start');
	await build();
});
