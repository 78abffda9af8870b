import { execFileSync } from 'node:child_process';

/** Builds what is to be tested, unless it is built already: the same step that comes before `npm start`. */
export default function build(): void {
	execFileSync(process.execPath, ['src/setup/prestart.js'], { stdio: 'inherit' });
}
