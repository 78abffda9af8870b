// Why somebody ruled as they did: read by both sides, with a fingerprint on chain.

/** In characters. */
export const leastReasons = 20;
export const mostReasons = 4_000;
