import { json } from '@sveltejs/kit';
import { describeApi } from '#lib/server/services/api-description.ts';
import type { RequestHandler } from './$types';

/** `GET` → this API as OpenAPI 3.1. It is the same for everybody until the node is updated. */
export const GET: RequestHandler = () => json(describeApi(), { headers: { 'cache-control': 'public, max-age=300' } });
