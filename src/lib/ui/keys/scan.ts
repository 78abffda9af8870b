// Reading QR codes off a camera, where the browser itself can (the Shape Detection API): nothing is loaded for it.

type Detector = { detect: (source: HTMLVideoElement) => Promise<{ rawValue: string }[]> };
type DetectorClass = new (options: { formats: string[] }) => Detector;

function detectorClass(): DetectorClass | undefined {
	return (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
}

/** Whether this browser reads QR codes and there is a way to ask for a camera. */
export function canScan(): boolean {
	return detectorClass() !== undefined && 'mediaDevices' in navigator;
}

/** Looks at `video` until there is a code in it or `signal` says stop; undefined then. */
export async function findCode(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
	const Barcodes = detectorClass();
	if (Barcodes === undefined) return undefined;
	const detector = new Barcodes({ formats: ['qr_code'] });
	while (!signal.aborted) {
		// Before the first picture of the camera there is nothing to look at.
		const found = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? await detector.detect(video) : [];
		if (found[0] !== undefined) return found[0].rawValue;
		await new Promise((resolve) => setTimeout(resolve, 150));
	}
	return undefined;
}
