// `npm test`, before the suites: installs the development packages, which a start leaves out, and builds.
import { build } from './build.js';
import { install, main } from './packages.js';

await main(async () => {
	await install('development');
	await build();
});
